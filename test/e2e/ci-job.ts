import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { GithubJob, GitlabJob, Workflow } from "../examples/ci-file.ts"

const DAGGER = process.env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? "dagger"

/** A job's folder, its CI system's variables, and the replacements of forge and registry in its lines. */
export type Runner = {
  cwd: string
  variables: Record<string, string>
  secrets: Record<string, string>
  here: (line: string) => string
}

/** The default branch of the repositories here; not a default name of git. */
export const DEFAULT_BRANCH = "trunk"

/** Steps that install the CLI, which is installed here. */
const isInstall = (line: string) => line.includes("curl ")

/** Runs the `run:` steps one after the other, each in a separate bash; returns their output. */
export async function runGithubJob(workflow: Workflow, job: GithubJob, runner: Runner): Promise<string> {
  const files = mkdtempSync(join(tmpdir(), "slipway-github-"))
  const handed = join(files, "env")
  const own = { GITHUB_ENV: handed, GITHUB_STEP_SUMMARY: join(files, "summary.md") }
  let printed = ""
  for (const step of job.steps) {
    if (!step.run || isInstall(step.run)) continue
    const env = expressions({ ...workflow.env, ...without(job.env), ...step.env }, runner)
    const all = { ...env, ...runner.variables, ...own, ...assignments(handed) }
    printed += await shell(["bash", "-eo", "pipefail", "-c", runner.here(step.run)], { cwd: runner.cwd, env: all })
  }
  return printed + (existsSync(own.GITHUB_STEP_SUMMARY) ? readFileSync(own.GITHUB_STEP_SUMMARY, "utf8") : "")
}

/** Runs the `script:` in one sh, as in the image. */
export async function runGitlabJob(job: GitlabJob, runner: Runner): Promise<string> {
  const env = { ...runner.variables, ...runner.secrets }
  return await shell(["sh", "-e", "-c", job.script.map(runner.here).join("\n")], { cwd: runner.cwd, env })
}

/** Uses the engine of these tests instead of the example's. */
function without({ _EXPERIMENTAL_DAGGER_RUNNER_HOST: _, ...env }: Record<string, string> = {}): Record<string, string> {
  return env
}

/** https://docs.github.com/actions/reference/workflows-and-actions/expressions; only those that the examples use */
function expressions(env: Record<string, string>, { secrets, here }: Runner): Record<string, string> {
  const entries = Object.entries(env).map(([name, value]) => {
    const text = value
      .replace(/\$\{\{ secrets\.(\w+) \}\}/g, (_, key) => secrets[key] ?? missing(key))
      .replace("${{ github.event.repository.default_branch }}", DEFAULT_BRANCH)
    return [name, here(text)]
  })
  return Object.fromEntries(entries)
}

function missing(name: string): never {
  throw new Error(`this runner has no ${name}`)
}

function assignments(file: string): Record<string, string> {
  if (!existsSync(file)) writeFileSync(file, "")
  const lines = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.includes("="))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]))
}

function shell([program = "", ...args]: string[], { cwd, env }: { cwd: string; env: Record<string, string> }) {
  const PATH = `${dirname(DAGGER)}:${process.env["PATH"]}`
  return new Promise<string>((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env, PATH } })
    let out = ""
    const keep = (chunk: Buffer) => {
      out += chunk
    }
    child.stdout.on("data", keep)
    child.stderr.on("data", keep)
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`${args.at(-1)}\nended with ${code}\n${out}`)),
    )
  })
}
