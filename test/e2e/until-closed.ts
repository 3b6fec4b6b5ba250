import { type ChildProcess, spawn } from "node:child_process"
import { openSync } from "node:fs"
import type { Socket } from "node:net"

const UNTIL_THEN = '"$0" "$@" & read -r _; kill -"$SIGNAL_AT_END" $!; wait'

/**
 * Starts a server that ends with this process, also when that is killed, because its input is closed then. `signal` is what
 * ends it; its output is in `log`.
 */
export function runUntilClosed(
  command: string[],
  { env, log, signal = "TERM" }: { env: NodeJS.ProcessEnv; log: string; signal?: "TERM" | "KILL" },
): ChildProcess {
  const output = openSync(log, "w")
  const child = spawn("sh", ["-c", UNTIL_THEN, ...command], {
    stdio: ["pipe", output, output],
    env: { ...env, SIGNAL_AT_END: signal },
  })
  child.unref()
  ;(child.stdin as unknown as Socket).unref()
  return child
}

/** Ends a server of runUntilClosed, and waits until it has ended. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.ref()
  child.stdin?.end()
  await ended
}
