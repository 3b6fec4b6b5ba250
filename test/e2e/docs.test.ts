import { mkdtempSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { COSIGN_IMAGE } from "../../src/tool-images.ts"
import { documents } from "../docs/documents.ts"
import { inThisRun, type Names, outputFaults } from "../docs/output.ts"
import { type Step, stepsOf } from "../docs/steps.ts"
import { type GitWebServer, startGitWebServer } from "./git-web-server.ts"
import { openPageShell, type PageShell } from "./page-shell.ts"
import { PASSWORD, startProtectedRegistry } from "./protected-registry.ts"
import type { TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ROOT = process.cwd()
const GIT_TOKEN = "git-token-of-fixture"

let registry: TestRegistry
let git: GitWebServer
let programs: string
beforeAll(async () => {
  ;[registry, git, programs] = await Promise.all([
    startProtectedRegistry(),
    startGitWebServer({ "README.md": "" }, GIT_TOKEN),
    makePrograms(),
  ])
  git.git("update-ref", "-d", "refs/heads/main") // as a repository is that was just created
})
afterAll(() => git?.stop())

/** What a reader has installed. */
async function makePrograms(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-programs-"))
  const dagger = process.env["_EXPERIMENTAL_DAGGER_CLI_BIN"]
  if (dagger) symlinkSync(dagger, join(folder, "dagger"))
  const cosign = dag.container().from(toolImage("COSIGNIMAGE") ?? COSIGN_IMAGE)
  await cosign.file("/ko-app/cosign").export(join(folder, "cosign"))
  return folder
}

/** The addresses that a page names, and what stands there in this test. */
function here(text: string): string {
  return text
    .replaceAll("https://github.com/acme/deploy", git.url("git.test"))
    .replaceAll("ghcr.io/acme", `registry.test:${registry.port}/acme`)
}

/** Where this machine has what the access in a page's `.env` opens. */
function envHere(): string {
  const lines = [
    `REGISTRYSERVICE=tcp://127.0.0.1:${registry.port}`,
    "PLAINHTTP=true",
    `GITSERVICE=tcp://127.0.0.1:${git.port}`,
    `VULNERABILITYDB=${vulnerabilityDbFolder()}`,
  ]
  return lines.map((line) => `SLIPWAY_${line}\n`).join("")
}

/** A reader's shell, with the addresses that git itself uses led to what stands there. */
function openShell(): PageShell {
  const repository = `http://x-access-token:${GIT_TOKEN}@127.0.0.1:${git.port}/deploy.git`
  const gitconfig = `[user]
name = Reader
email = reader@example.com
[url "${repository}"]
insteadOf = ${git.url("git.test")}
[url "${ROOT}"]
insteadOf = https://github.com/acme/slipway
`
  // the same commits each time, so that an engine that has built them before need not do it again
  const when = "2026-01-01T00:00:00Z"
  const path = `${programs}:${process.env["PATH"]}`
  return openPageShell({
    env: { PATH: path, GHCR_TOKEN: PASSWORD, GIT_TOKEN, GIT_AUTHOR_DATE: when, GIT_COMMITTER_DATE: when },
    gitconfig,
  })
}

async function follow(step: Step, { shell, names }: { shell: PageShell; names: Names }): Promise<void> {
  if (step.kind === "file") return shell.write(step.path, here(step.text) + (step.path === ".env" ? envHere() : ""))
  if (step.folder) shell.enter(step.folder)
  const { code, stdout, stderr } = await shell.run(inThisRun(here(step.commands), names))
  expect(code, `${step.at}:\n${stdout}${stderr}`).toBe(0)
  if (step.output) expect(outputFaults(here(step.output), stdout, names), step.at).toEqual([])
}

const pages = documents().flatMap((page) => {
  const steps = stepsOf(page)
  return steps.length > 0 ? [{ path: page.path, steps }] : []
})

test.concurrent.each(pages)("a reader who follows $path gets what it shows", async ({ steps }) => {
  const reading = { shell: openShell(), names: new Map<string, string>() }
  for (const step of steps) await follow(step, reading)
})
