import { type Container, dag } from "@dagger.io/dagger"
import { onTestFinished, vi } from "vitest"
import type { ToolResult } from "../lib/engine/tool.ts"

/** A command of a container, and the earlier calls on the container by method. */
export type Asked = { args: string[]; given: Record<string, unknown[][]> }

/** Other results of a container, by method. */
type Others = Record<string, (...args: never[]) => unknown>

/** Fakes the result of every container's commands for one test, so that the order of commands is testable without an engine. */
export function fakeTools(answer: (asked: Asked) => Partial<ToolResult>, others: Others = {}): Asked[] {
  const asked: Asked[] = []
  const container = (given: Asked["given"], ran?: ToolResult): Container => {
    const own: Record<string, unknown> = {
      sync: async () => proxy,
      with: (change: (container: Container) => Container) => change(proxy),
      withExec: (args: string[]) => {
        const call = { args, given }
        asked.push(call)
        return container(given, { exitCode: 0, stdout: "", stderr: "", ...answer(call) })
      },
      ...others,
      ...Object.fromEntries(Object.entries(ran ?? {}).map(([name, value]) => [name, async () => value])),
    }
    const proxy = new Proxy({} as Container, {
      get: (_, name) => {
        if (typeof name !== "string" || name === "then") return undefined
        const more = (...args: unknown[]) => container({ ...given, [name]: [...(given[name] ?? []), args] })
        return own[name] ?? more
      },
    })
    return proxy
  }
  const spy = vi.spyOn(dag, "container").mockImplementation(() => container({}))
  onTestFinished(() => spy.mockRestore())
  return asked
}
