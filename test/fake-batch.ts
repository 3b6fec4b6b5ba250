import { dag } from "@dagger.io/dagger"
import { onTestFinished, vi } from "vitest"
import type { ToolResult } from "../lib/engine/tool.ts"
import { BATCH_PROGRAM, type Call } from "../lib/program/batch.ts"
import type { NodeRuntime } from "../lib/program/node-runtime.ts"
import { fakeTools } from "./fake-tool.ts"

type Order = {
  boundary: string
  lanes: { calls: Call[]; others: Call[]; last: Call[] }[]
  probe?: { args: string[]; failure: string }
}
/** A command that ran, and whether it was a call of a batch. */
export type RanCommand = { args: string[]; inBatch: boolean }

/** Fakes the result of every command, alone or in a batch, which fails as a whole if `broken`; if `late`, each call has a result. */
export function fakeBatches(
  answer: (args: string[], ran: RanCommand[]) => Partial<ToolResult>,
  { broken = false, late = false } = {},
): { ran: RanCommand[]; runtime: Promise<NodeRuntime> } {
  const ran: RanCommand[] = []
  const run = (args: string[], inBatch: boolean) => {
    ran.push({ args, inBatch })
    return { exitCode: 0, stdout: "", stderr: "", ...answer(args, ran) }
  }
  const folder = { withNewFile: () => folder }
  const spies = [
    vi.spyOn(dag, "directory").mockReturnValue(folder as never),
    vi.spyOn(dag, "file").mockImplementation((name, contents) => ({ name, contents }) as never),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  fakeTools(({ args, given }) => {
    if (!args[1]?.endsWith(BATCH_PROGRAM)) return run(args, false)
    const [, file] = given["withMountedFile"]?.find(([path]) => path === args[2]) ?? []
    const order = JSON.parse((file as { contents: string }).contents) as Order
    return broken
      ? { exitCode: 1, stderr: "no such program" }
      : { stdout: runOrder(order, { run: (call) => run(call, true), late }) }
  })
  return { ran, runtime: Promise.resolve({ image: "node", rootfs: {} as never, args: ["/node"] }) }
}

type Running = { run: (args: string[]) => ToolResult; late: boolean }

/** What run-calls.mjs does, one call after another. */
function runOrder({ boundary, lanes, probe }: Order, { run, late }: Running): string {
  if (probe) run(probe.args)
  const printed = lanes.flatMap(({ calls, others, last }, lane) => {
    const all = [...calls, ...others, ...last]
    const lines: string[] = []
    for (const [at, { args, unless }] of all.entries()) {
      const { exitCode, stdout, stderr } = run(args)
      const head = `\n${boundary} ${lane} ${at} ${exitCode}`
      lines.push(`${head} stdout\n${stdout}${head} stderr\n${stderr}`)
      if (late) continue
      if (exitCode !== 0 || (unless && new RegExp(unless, "m").test(`${stdout}\n${stderr}`))) break
    }
    return lines
  })
  return `${printed.join("")}\n${boundary} end\n`
}
