import { randomUUID } from "node:crypto"
import { type Container, dag, ReturnType } from "@dagger.io/dagger"
import { readToolResult, TOOL_SECONDS, type ToolResult, timeoutResult, within } from "../engine/tool.ts"
import { type NodeRuntime, PROGRAMS, withNode } from "./node-runtime.ts"

/** A command, with an output that ends its lane although it succeeded: a regular expression. */
export type Call = { args: string[]; unless?: string }

/**
 * Calls that depend on each other. They run in turn until one fails. `others` run side by side if the batch's probe allows
 * it, and `last` after them.
 */
export type Lane = { calls: Call[]; others?: Call[]; last?: Call[] }

/** Lanes run side by side. `others` run so only if the probe's command fails with this message: a regular expression. */
export type Batch = { lanes: Lane[]; probe?: { args: string[]; failure: string } }

/** The results of a lane's calls, `others` and `last` included; undefined for a call that did not run. */
export type LaneResults = (ToolResult | undefined)[]

/** The number of calls at a time: each of cosign's takes a whole processor and 64 MB to open a key. */
const LIMIT = 6
const ORDER = "/.slipway/calls.json"
export const BATCH_PROGRAM = "program/run-calls.mjs"
/** `seconds` is the limit of one call, and `preparing` the time for the engine to prepare the container. */
type BatchOptions = { runtime: NodeRuntime; seconds?: number; preparing?: number }
const ENGINE_SECONDS = 120

/**
 * Runs several calls of the container's program in one exec: an exec costs the engine more than a call. The random boundary keeps
 * the exec from the cache. Undefined if the batch itself did not work, so that nothing is known about its calls.
 */
export async function runBatch(
  tool: Container,
  { lanes, probe }: Batch,
  { runtime, seconds = TOOL_SECONDS, preparing = ENGINE_SECONDS }: BatchOptions,
): Promise<LaneResults[] | undefined> {
  const boundary = `--${randomUUID()}`
  const whole = lanes.map(({ calls, others = [], last = [] }) => ({ calls, others, last }))
  const late = timeoutResult(seconds).stderr
  const order = { boundary, seconds, late, limit: LIMIT, lanes: whole, ...(probe && { probe }) }
  const exec = tool
    .with(withNode(runtime, [BATCH_PROGRAM]))
    .withMountedFile(ORDER, dag.file("calls.json", JSON.stringify(order)))
    .withExec([...runtime.args, `${PROGRAMS}/${BATCH_PROGRAM}`, ORDER], { expect: ReturnType.Any })
  const lengths = whole.map(({ calls, others, last }) => calls.length + others.length + last.length)
  const ran = readToolResult(exec).catch(() => undefined)
  const limit = batchSeconds(lengths, seconds) + preparing
  const result = await within<ToolResult | "late" | undefined>(limit, ran, () => "late")
  // the program may still go on, so that each call counts as late, and none as left out
  if (result === "late") return lengths.map((length) => Array.from({ length }, () => timeoutResult(limit)))
  return result && parseBatch(result, { boundary, lengths })
}

/** The longest time for calls that may each take some seconds: those of the longest lane, and of all that it waits for. */
export function batchSeconds(lengths: number[], seconds: number): number {
  const all = lengths.reduce((sum, length) => sum + length, 1)
  return seconds * (Math.max(0, ...lengths) + Math.ceil(all / LIMIT))
}

/** The results in the output of the program; undefined for an output of another shape. */
export function parseBatch(
  { exitCode, stdout }: ToolResult,
  { boundary, lengths }: { boundary: string; lengths: number[] },
): LaneResults[] | undefined {
  const [before, ...parts] = stdout.split(`\n${boundary} `)
  if (exitCode !== 0 || before !== "" || parts.pop()?.trimEnd() !== "end") return undefined
  const lanes: LaneResults[] = lengths.map((length) => Array.from({ length }))
  for (const part of parts) {
    const { lane, at, code, name, text } = part.match(PART)?.groups ?? {}
    const results = lanes[Number(lane)]
    if (!results || !(Number(at) < results.length) || (name !== "stdout" && name !== "stderr")) return undefined
    const result = results[Number(at)] ?? { exitCode: Number(code), stdout: "", stderr: "" }
    results[Number(at)] = { ...result, [name]: text }
  }
  return lanes
}

const PART = /^(?<lane>\d+) (?<at>\d+) (?<code>-?\d+) (?<name>stdout|stderr)\n(?<text>.*)$/s
