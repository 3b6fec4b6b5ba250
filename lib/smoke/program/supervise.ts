import { type ChildProcess, spawn } from "node:child_process"
import { setTimeout } from "node:timers/promises"
import { findFault, type ProgramFault } from "./inspect.ts"
import { type Listener, readListeners } from "./listeners.ts"
import { type Check, type ProbeResult, probe } from "./probe.ts"

/** What to start in the image's container, and when it counts as started. Times are in seconds. */
export type Order = {
  args: string[]
  env: Record<string, string>
  /** The ELF machines that the image's platform runs; empty if unknown. */
  machines: number[]
  check: Check
  /** The limit for the check to pass, or for a command to end. */
  seconds: number
  /** How long it must be up after its start, and after it was ready. */
  steady: number
  settle: number
}

/** How it went: `late` is the limit, `lost` a check that passed and then failed. */
export type End =
  | { kind: "fault"; fault: ProgramFault }
  | { kind: "exited"; code?: number; signal?: string; after: number; ready?: string }
  | { kind: "late"; after: number; reason: string }
  | { kind: "lost"; after: number; reason: string }
  | { kind: "steady"; after: number; ready: string }

/** `startedAt`, in milliseconds, tells a fresh run from one out of the engine's cache. */
export type Observation = { startedAt: number; end: End; listeners: Listener[]; log: string }

const PAUSE_MS = 100
/** Output that follows the end of the process through its pipes. */
const FLUSH_MS = 500
const LOG_CHARACTERS = 64_000

/** Starts the image's program, checks it from its container, and ends it. Runs in the image's container. */
export async function supervise(order: Order): Promise<Observation> {
  const startedAt = Date.now()
  const [program = "", ...args] = order.args
  const fault = await findFault(program, { env: order.env, cwd: process.cwd(), machines: order.machines })
  if (fault) return { startedAt, end: { kind: "fault", fault }, listeners: [], log: "" }
  const others = readListeners().map(({ port }) => port) // the engine may listen in the container too
  const child = spawn(program, args, { env: order.env, detached: true, stdio: ["ignore", "pipe", "pipe"] })
  const log = keepLog(child)
  const exited = exitOf(child, startedAt)
  try {
    const end = await Promise.race([exited, check(order, startedAt)])
    const listeners = readListeners().filter(({ port }) => !others.includes(port))
    return { startedAt, end: await withExit(end, child, exited), listeners, log: log() }
  } finally {
    kill(child)
  }
}

function keepLog(child: ChildProcess): () => string {
  let text = ""
  const keep = (chunk: Buffer) => {
    text = `${text}${chunk}`.slice(-LOG_CHARACTERS)
  }
  child.stdout?.on("data", keep)
  child.stderr?.on("data", keep)
  return () => text
}

async function exitOf(child: ChildProcess, start: number): Promise<End> {
  return await new Promise((resolve) => {
    child.on("error", (error) => {
      resolve({ kind: "late", after: secondsSince(start), reason: `it could not be started: ${error.message}` })
    })
    child.on("exit", async (code, signal) => {
      const after = secondsSince(start)
      await Promise.race([new Promise((closed) => child.on("close", closed)), setTimeout(FLUSH_MS)])
      resolve({ kind: "exited", ...(code !== null && { code }), ...(signal !== null && { signal }), after })
    })
  })
}

/** What the check says of a program that does not end. */
async function check(order: Order, start: number): Promise<End> {
  const { seconds, steady, settle } = order
  if (order.check.kind === "ends") {
    await setTimeout(seconds * 1000)
    return { kind: "late", after: seconds, reason: "it did not end" }
  }
  const first = await untilReady(order, start)
  const readyAfter = secondsSince(start)
  if (!first.ok) return { kind: "late", after: readyAfter, reason: first.text }
  await setTimeout(Math.max(steady - readyAfter, settle) * 1000)
  const last = await probe(order.check, order.env)
  const after = secondsSince(start)
  if (!last.ok) return { kind: "lost", after, reason: last.text }
  return { kind: "steady", after, ready: readyText(order.check, first, readyAfter) }
}

async function untilReady({ check, env, seconds }: Order, start: number): Promise<ProbeResult> {
  for (;;) {
    const result = await probe(check, env)
    if (result.ok || secondsSince(start) >= seconds) return result
    await setTimeout(PAUSE_MS)
  }
}

function readyText({ kind }: Check, { text }: ProbeResult, after: number): string {
  return kind === "runs" ? text : `${text} after ${after.toFixed(1)} s`
}

/** A program that ended at the moment of the last probe ended, and the probe failed because of it. */
async function withExit(end: End, child: ChildProcess, exited: Promise<End>): Promise<End> {
  if (end.kind === "exited") return end
  await setTimeout(0)
  return child.exitCode === null && child.signalCode === null ? end : await exited
}

/** The whole process group; what left the group ends with the container. */
function kill({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // it has ended
  }
}

function secondsSince(start: number): number {
  return (Date.now() - start) / 1000
}
