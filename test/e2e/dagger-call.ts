import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { isLateFarewell, lastError } from "../farewell.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const DAGGER = process.env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? "dagger"

/** The result of a command. `error` is its last error, without the progress. */
export type Called = { code: number | null; stdout: string; stderr: string; error: string; seconds: number }
export type CallOptions = { env?: Record<string, string>; cwd?: string; cli?: string[] }

/** Runs `dagger call`; a failing call is a result, not an exception. */
export function daggerCall(args: string[], options: CallOptions = {}): Promise<Called> {
  return dagger(["call", "--progress=plain", ...args], options)
}

/** Runs the `dagger` CLI on the module of this checkout. */
export function dagger(args: string[], { env = {}, cwd = ROOT }: CallOptions = {}): Promise<Called> {
  if (!process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]) {
    throw new Error(
      'expected _EXPERIMENTAL_DAGGER_RUNNER_HOST to name an engine, got none. Run: eval "$(test/engine/up)"',
    )
  }
  const start = Date.now()
  return new Promise((resolve, reject) => {
    const child = spawn(DAGGER, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] })
    const out = { stdout: "", stderr: "" }
    child.stdout.on("data", (chunk) => {
      out.stdout += chunk
    })
    child.stderr.on("data", (chunk) => {
      out.stderr += chunk
    })
    child.on("error", reject)
    child.on("close", (code) => {
      const seconds = (Date.now() - start) / 1000
      const error = lastError(out.stderr)
      if (!isLateFarewell({ code, ...out })) return resolve({ code, ...out, error, seconds })
      console.warn(`dagger ${args.join(" ")}\nended well, but for its farewell: ${error}`)
      resolve({ code: 0, ...out, error, seconds })
    })
  })
}
