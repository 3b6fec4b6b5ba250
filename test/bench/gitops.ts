// What must hold for the GitOps writer: many writers at once lose nothing and are no slower than the same bumps in a row;
// the newest source wins whatever the order; a long history costs little. Exits with 1 if one of it does not hold.
// Run: eval "$(test/engine/up)" && npx tsx test/bench/gitops.ts

import { execFileSync } from "node:child_process"
import { connection } from "@dagger.io/dagger"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { gitContainer } from "../../lib/gitops/git/access.ts"
import { cloneBranch, commitFiles, deepen, filesOf, pushHead, readLog } from "../../lib/gitops/git/checkout.ts"
import { parseGitBranch, parseGitRemote } from "../../lib/gitops/git/remote.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { KUSTOMIZE_IMAGE } from "../../src/tool-images.ts"
import { deployment } from "../e2e/deployment.ts"
import { type GitServer, startGitServer } from "../e2e/git-server.ts"
import { toolImage } from "../e2e/slipway.ts"
import { unverified } from "../e2e/unverified.ts"

const IMAGE = toolImage("KUSTOMIZEIMAGE") ?? KUSTOMIZE_IMAGE
const SERVICES = Array.from({ length: 20 }, (_, at) => `service-${at}`)
const FILES = Object.fromEntries(
  SERVICES.flatMap((name) => [
    [`base/${name}/deployment.yaml`, deployment(name)],
    [`base/${name}/kustomization.yaml`, "resources: [deployment.yaml]\n"],
    [`overlays/${name}/kustomization.yaml`, `resources: [../../base/${name}]\n`],
  ]),
)

type Wish = { server: GitServer; service: string; build: string; order?: number }

/** A pipeline's bump, from the call to the commit on the branch. Answers what it says, and the seconds that it took. */
async function bump({ server, service, build, order }: Wish): Promise<{ text: string; seconds: number }> {
  const source = order === undefined ? {} : { sourceOrder: order, sourceRevision: `commit-${order}` }
  const ref = `ghcr.io/acme/${service}@${digestOf(build)}`
  const options = { path: `overlays/${service}`, image: service, ref, branch: "main", timeout: 1200, ...source }
  const access = { repo: server.url("git.test"), gitService: server.service() }
  return await timed(() =>
    bumpRepository({ access, options, image: IMAGE, run: newRun(), verify: unverified, dryRun: false }),
  )
}

async function timed(act: () => Promise<string>): Promise<{ text: string; seconds: number }> {
  const start = Date.now()
  const text = await act()
  return { text, seconds: (Date.now() - start) / 1000 }
}

const commits = (server: GitServer) => Number(server.git("rev-list", "--count", "main"))
const shown = (server: GitServer, service: string) => server.git("show", `main:overlays/${service}/kustomization.yaml`)
const pushes = (text: string) => Number(text.match(/It took (\d+) pushes/)?.[1] ?? 1)
const rank = (values: number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? 0

function require(holds: boolean, what: string): void {
  console.log(`${holds ? "ok  " : "FAIL"} ${what}`)
  if (!holds) process.exitCode = 1
}

async function manyServices(): Promise<void> {
  const server = await startGitServer(FILES)
  try {
    await bump({ server, service: "service-0", build: "warm" }) // images are loaded before the clock runs
    const row = await timed(async () => {
      for (const service of SERVICES) await bump({ server, service, build: `row ${service}` })
      return ""
    })
    const [tip, before] = [server.git("rev-parse", "main").trim(), commits(server)]
    const done = await Promise.all(SERVICES.map((service) => bump({ server, service, build: `at once ${service}` })))
    const [times, tries] = [done.map(({ seconds }) => seconds), done.map(({ text }) => pushes(text))]
    const ninetyFifth = rank(times, 0.95)
    console.log(`20 in a row ${row.seconds.toFixed(1)} s; at once: median ${rank(times, 0.5).toFixed(1)} s,`)
    console.log(
      `  95th percentile ${ninetyFifth.toFixed(1)} s, last ${rank(times, 1).toFixed(1)} s; pushes ${tries.join(" ")}`,
    )
    require(commits(server) === before + SERVICES.length, "20 writers at once made 20 commits")
    const there = SERVICES.filter((service) => shown(server, service).includes(digestOf(`at once ${service}`)))
    require(there.length === SERVICES.length, "all of them are on the branch")
    require(isAncestor(server, tip), "what stood there before still does: nothing was pushed by force")
    require(ninetyFifth <= row.seconds, "the 95th percentile is no more than 20 in a row")
  } finally {
    server.stop()
  }
}

function isAncestor(server: GitServer, commit: string): boolean {
  try {
    server.git("merge-base", "--is-ancestor", commit, "main")
    return true
  } catch {
    return false
  }
}

/** Ten pipelines of one service, each with its own source commit, and in any order. */
async function oneService(): Promise<void> {
  const server = await startGitServer(FILES)
  try {
    const newest = Math.floor(Date.now() / 1000)
    const orders = Array.from({ length: 10 }, (_, at) => newest - at * 60).sort(() => Math.random() - 0.5)
    const all = orders.map((order) => bump({ server, service: "service-0", build: String(order), order }))
    const done = await Promise.all(all)
    const log = server.git("log", "--format=%(trailers:key=Source-Order,valueonly)", "main")
    const written = log.split("\n").filter(Boolean).map(Number)
    console.log(
      `10 on one service: last ${rank(
        done.map(({ seconds }) => seconds),
        1,
      ).toFixed(1)} s, ${written.length} commits`,
    )
    require(shown(server, "service-0").includes(digestOf(String(newest))), "the newest source commit won")
    require(written.every((order, at) => at === 0 || order < (written[at - 1] ?? 0)), "no commit went back")
  } finally {
    server.stop()
  }
}

/** git's own part of a bump, on a repository with 2,000 files and 5,000 commits. */
async function longHistory(): Promise<void> {
  const server = await startGitServer(FILES)
  try {
    const bare = server.git("rev-parse", "--absolute-git-dir").trim()
    execFileSync("git", ["-C", bare, "fast-import", "--quiet"], { input: history(2000, 5000) })
    server.git("repack", "-adq")
    const branch = parseGitBranch("long")
    const [first] = [server.git("ls-tree", "-r", "--name-only", "long").split("\n").length - 1]
    console.log(`a repository with ${first} files and ${server.git("rev-list", "--count", "long").trim()} commits`)
    const access = { remote: parseGitRemote(server.url("git.test")), service: server.service() }
    for (const order of [undefined, "everything" as const]) {
      const attempt = { run: newRun(), tries: 1 }
      const { seconds } = await timed(async () => {
        const tip = await cloneBranch(await gitContainer(IMAGE, access), { url: access.remote.url, branch }, attempt)
        const known = order ? await deepen(tip, { branch, since: order }, attempt) : tip
        await readLog(known, order ? [] : ["-1"])
        await filesOf(known).sync()
        const author = { name: "bench", email: "bench@example.com", signOff: false }
        const files = new Map([["d0/f0.yaml", { text: `value: ${attempt.run}\n`, encoding: "utf8" as const }]])
        const made = await commitFiles(known, { files, message: "bench\n", author }, attempt)
        const { report } = await pushHead(made.container, branch, attempt)
        return report.status
      })
      const what = order ? "the whole history" : "the tip alone"
      console.log(`  clone, read, commit and push with ${what}: ${seconds.toFixed(1)} s`)
      if (!order) require(seconds < 5, "git's work on a clone is under 5 s")
    }
  } finally {
    server.stop()
  }
}

function history(files: number, count: number): string {
  const path = (at: number) => `d${at % 40}/f${at}.yaml`
  const change = (at: number, text: string) => `M 100644 inline ${path(at)}\ndata ${text.length}\n${text}\n`
  const start = Math.floor(Date.now() / 1000) - count * 600
  return Array.from({ length: count }, (_, at) => {
    const changed = at === 0 ? Array.from({ length: files }, (_, file) => file) : [(at * 7) % files]
    const body = changed.map((file) => change(file, `value: ${at}\nname: file-${file}\n`)).join("")
    const message = `change ${at}`
    const who = `Seed <seed@example.com> ${start + at * 600} +0000`
    return `commit refs/heads/long\ncommitter ${who}\ndata ${message.length}\n${message}\n${body}\n`
  }).join("")
}

const PARTS: Record<string, () => Promise<void>> = { manyServices, oneService, longHistory }
const [only] = process.argv.slice(2)

await connection(async () => {
  for (const [name, part] of Object.entries(PARTS)) if (!only || only === name) await part()
})
