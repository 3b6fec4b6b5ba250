import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { startSession } from "./session.ts"

/** `lost`: there is no engine any more that could be told. */
export type LosableSession = { end: (how: { lost: boolean }) => Promise<void> }

/**
 * A session by a process that is known here, as the SDK takes it over from `dagger run`: its own would try for ten seconds
 * to take leave of an engine that is gone, and then break what runs.
 */
export async function startLosableSession(): Promise<LosableSession> {
  const dagger = process.env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? "dagger"
  const client = spawn(dagger, ["session"], { stdio: ["pipe", "pipe", "ignore"] })
  const { port, session_token } = await connectParams(client)
  Object.assign(process.env, { DAGGER_SESSION_PORT: String(port), DAGGER_SESSION_TOKEN: session_token })
  const release = await startSession()
  return {
    end: async ({ lost }) => {
      await release()
      delete process.env["DAGGER_SESSION_PORT"]
      delete process.env["DAGGER_SESSION_TOKEN"]
      const exited = once(client, "exit")
      client.kill(lost ? "SIGKILL" : "SIGTERM")
      await exited
    },
  }
}

type ConnectParams = { port: number; session_token: string }

async function connectParams({ stdout }: ChildProcess): Promise<ConnectParams> {
  if (!stdout) throw new Error("dagger session says nothing")
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as ConnectParams
  throw new Error("dagger session ended before it began")
}
