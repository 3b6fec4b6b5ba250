import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { startSession } from "./session.ts"

/** `lost` ends the session without telling the engine, which is gone. */
export type LosableSession = { end: (how: { lost: boolean }) => Promise<void> }

/**
 * A session of a process started here, which the SDK uses as in `dagger run`. The SDK's own process would try for ten
 * seconds to close the session of an engine that is gone, and then fail the test.
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
  if (!stdout) throw new Error("expected dagger session to print its parameters, got no output")
  for await (const line of createInterface({ input: stdout })) return JSON.parse(line) as ConnectParams
  throw new Error("dagger session ended before it printed its parameters")
}
