import { execFileSync, spawn } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const DAGGER = process.env["_EXPERIMENTAL_DAGGER_CLI_BIN"] ?? "dagger"
const example = (name: string) => parse(readFileSync(join(ROOT, "examples/ci", name), "utf8"))
/** Steps that fetch the CLI itself, which is here already. */
const isInstall = (line: string) => line.includes("curl ")

/** A checkout as a CI job has it: of a commit, on no branch. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ci-"))
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { stdio: "ignore" })
  writeFileSync(
    join(folder, "Dockerfile"),
    "FROM gcr.io/distroless/static-debian12:latest\nCOPY Dockerfile /\nUSER 7\n",
  )
  writeFileSync(join(folder, "slipway.yaml"), "test: false\nplatforms: [linux/amd64]\n")
  git("init", "--quiet", "--initial-branch=main")
  git("add", ".")
  git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=first")
  git("checkout", "--quiet", "--detach")
  return folder
}

/** Runs a job's lines one after the other in bash, as the CI does, and answers what each printed. */
async function run(lines: string[], { cwd, env }: { cwd: string; env: Record<string, string> }): Promise<string> {
  let printed = ""
  for (const line of lines) printed += await bash(line, { cwd, env })
  return printed
}

function bash(line: string, { cwd, env }: { cwd: string; env: Record<string, string> }): Promise<string> {
  const path = `${dirname(DAGGER)}:${process.env["PATH"]}`
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-eo", "pipefail", "-c", line], { cwd, env: { ...process.env, ...env, PATH: path } })
    let out = ""
    child.stdout.on("data", (chunk) => {
      out += chunk
    })
    child.stderr.on("data", (chunk) => {
      out += chunk
    })
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`${line}\nended with ${code}\n${out}`))))
  })
}

describe("the lines of the examples run as the CI would run them", () => {
  let cwd: string
  let slipway: Record<string, string>
  beforeAll(() => {
    cwd = checkout()
    // the database stands in .env as a default of the module's constructor
    slipway = { SLIPWAY: ROOT, VULNERABILITYDB: vulnerabilityDbFolder() }
  })

  test("GitHub: a pull request is rehearsed, summed up and judged", async () => {
    const steps: { run?: string }[] = example("github.yml").jobs.rehearse.steps
    const lines = steps.flatMap(({ run }) => (run && !isInstall(run) ? [run] : []))
    const summary = join(cwd, "summary.md")
    await run(lines, { cwd, env: { ...slipway, GITHUB_STEP_SUMMARY: summary } })
    expect(lines).toHaveLength(3)
    expect(readFileSync(summary, "utf8")).toContain("✅ Rehearsed")
  })

  test("GitLab: a merge request is rehearsed, shown and judged", async () => {
    const lines: string[] = example("gitlab-ci.yml").rehearse.script
    const printed = await run(lines, { cwd, env: slipway })
    expect(printed).toContain("REHEARSAL: nothing left this engine")
    expect(lines).toHaveLength(3)
  })
})
