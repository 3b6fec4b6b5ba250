import { type Container, dag } from "@dagger.io/dagger"
import { onTestFinished, vi } from "vitest"
import type { ToolResult } from "../lib/engine/tool.ts"

/** A command as a container was asked to run it, and what was given to the container before, by method. */
export type Asked = { args: string[]; given: Record<string, unknown[][]> }

/** What else is asked of a container, by method. */
type Others = Record<string, (...args: never[]) => unknown>

/** For one test, every container of the engine answers each command as told: the order of questions needs no engine. */
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
