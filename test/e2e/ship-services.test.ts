import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { servicesRecord } from "../../lib/ship/record/services-record.ts"
import { runReports } from "../../lib/ship/report/report.ts"
import { shipAll } from "../../lib/ship/run.ts"
import type { ServicesRelease } from "../../lib/ship/services.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipTools } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const DOCKERFILE = "FROM gcr.io/distroless/static-debian12\nCOPY . /app\n"
const SETTINGS = `repository: registry.test:5000/team
platforms: [linux/amd64]
tags: ["{sha}"]
test: false
gitops: { repo: REPO, path: prod }
services:
  api: { gitops: { imageName: api } }
  web: { path: front, gitops: { imageName: web } }
`

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let repository: string
beforeAll(async () => {
  const deployments = ["api", "web"].map((name) => [`prod/${name}.yaml`, deployment(name)] as const)
  const kustomization = "resources: [api.yaml, web.yaml]\n"
  const files = { ...Object.fromEntries(deployments), "prod/kustomization.yaml": kustomization }
  ;[registry, git, key] = await Promise.all([startRegistry(), startGitServer(files), makeSigningKey()])
  repository = mkdtempSync(join(tmpdir(), "slipway-services-"))
  execFileSync("git", ["init", "--initial-branch=main"], { cwd: repository, stdio: "ignore" })
})
afterAll(() => git?.stop())

/** Another commit of the services' repository. */
function commit(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true })
    writeFileSync(join(repository, path), text)
  }
  const who = ["-c", "user.name=Seed", "-c", "user.email=seed@example.com"]
  execFileSync("git", ["add", "."], { cwd: repository })
  execFileSync("git", [...who, "commit", "--no-gpg-sign", "-m", "more"], { cwd: repository, stdio: "ignore" })
}

type Run = { rehearse?: boolean; services?: string[]; prepare?: boolean }

async function run({ rehearse = false, services = [], prepare = false }: Run = {}): Promise<ServicesRelease> {
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
  const source = dag.host().directory(repository, { noCache: true })
  const flags = {
    ...{ ...NO_FLAGS, rehearse, services, prepare, signing: await signingSecrets(key) },
    registry: { service: registry.service, plainHttp: true },
    git: { gitService: git.service() },
  }
  const shipped = await shipAll(source, await readShipOptions(source, flags, shipTools(module)))
  if (!("services" in shipped)) throw new Error("no services were shipped")
  return shipped
}

function outcomes({ services }: ServicesRelease): Record<string, string> {
  return Object.fromEntries([...services].map(([name, { status }]) => [name, status]))
}

function digestOf({ services }: ServicesRelease, name: string): string | undefined {
  return services.get(name)?.release?.record.image?.digest
}

const commits = () => Number(git.git("rev-list", "--count", "main"))
const overlay = () => git.git("show", "main:prod/kustomization.yaml")

describe("services of one repository", () => {
  let first: ServicesRelease

  test("are rehearsed together, without any effect", async () => {
    commit({
      "slipway.yaml": SETTINGS.replace("REPO", git.url("git.test")),
      "api/Dockerfile": DOCKERFILE,
      "front/Dockerfile": DOCKERFILE,
    })
    const rehearsed = await run({ rehearse: true })
    expect(outcomes(rehearsed)).toEqual({ api: "shipped", web: "shipped" })
    const { runs } = JSON.parse(await runReports(rehearsed).file("scan/findings.sarif").contents())
    const categories = runs.map((run: { automationDetails: { id: string } }) => run.automationDetails.id)
    expect(categories, "one file for the upload of all findings").toEqual(["slipway/api/", "slipway/web/"])
    const bumps = [...rehearsed.services.values()].map(({ release }) => release?.record.bump)
    expect(new Set(bumps.map((bump) => bump && "commit" in bump && bump.commit)).size, "one commit for both").toBe(1)
    expect(await registry.snapshot()).toEqual({})
    expect(commits()).toBe(1)
  })

  test("are shipped concurrently, into one commit", async () => {
    first = await run()
    expect(outcomes(first)).toEqual({ api: "shipped", web: "shipped" })
    expect(commits()).toBe(2)
    for (const name of ["api", "web"]) {
      expect(overlay()).toContain(digestOf(first, name))
      expect(Object.values((await registry.snapshot())[`team/${name}`] ?? {})).toContain(digestOf(first, name))
    }
  })

  test("are not built if a commit does not change them, and only the changed one is bumped", async () => {
    commit({ "front/index.html": "<p>new</p>" })
    const before = await registry.snapshot()
    const next = await run()
    expect(outcomes(next)).toEqual({ api: "unchanged", web: "shipped" })
    expect(next.services.get("api")?.deployed).toBe(`registry.test:5000/team/api@${digestOf(first, "api")}`)
    expect((await registry.snapshot())["team/api"]).toEqual(before["team/api"])
    expect(digestOf(next, "web")).not.toBe(digestOf(first, "web"))
    expect(commits()).toBe(3)
    expect(overlay()).toContain(digestOf(first, "api"))
    expect(overlay()).toContain(digestOf(next, "web"))
  })

  test("are not built if one of them has no Dockerfile, and the error names its setting", async () => {
    const settings = SETTINGS.replace("REPO", git.url("git.test"))
    commit({ "api/index.html": "<p>new</p>", "jobs/README.md": "no Dockerfile\n" })
    commit({ "slipway.yaml": `${settings}  jobs: { gitops: { imageName: api } }\n` })
    const before = await registry.snapshot()
    const stopped = await run()
    expect(outcomes(stopped)).toEqual({ api: "held", web: "unchanged", jobs: "failed" })
    expect(stopped.services.get("jobs")?.release?.record.failure).toMatchObject({
      code: "DOCKERFILE_NOT_FOUND",
      message: expect.stringContaining("Set its path with services.jobs.build.dockerfile"),
    })
    expect(await registry.snapshot()).toEqual(before)
    expect(commits()).toBe(3)
    commit({ "slipway.yaml": settings })
  })

  test("are held if one fails, or shipped without it, by onFailure", async () => {
    const settings = SETTINGS.replace("REPO", git.url("git.test"))
    commit({ "api/Dockerfile": "FROM gcr.io/distroless/static-debian12\nCOPY missing /\n", "front/index.html": "<p/>" })
    const held = await run()
    expect(outcomes(held)).toEqual({ api: "failed", web: "held" })
    expect(servicesRecord(held.services).ok).toBe(false)
    expect(commits()).toBe(3)
    commit({ "slipway.yaml": `${settings}onFailure: stopOne\n` })
    const alone = await run()
    expect(outcomes(alone)).toEqual({ api: "failed", web: "shipped" })
    expect(commits()).toBe(4)
    expect(overlay()).toContain(digestOf(alone, "web"))
    expect(overlay()).toContain(digestOf(first, "api"))
  })

  test("are prepared by a run for each, and deployed by the next run of the commit, in one commit", async () => {
    commit({ "api/Dockerfile": `${DOCKERFILE}USER 7\n`, "front/index.html": "<p>prepared</p>" })
    const prepared = [await run({ services: ["api"], prepare: true }), await run({ services: ["web"], prepare: true })]
    expect(prepared.map(outcomes)).toEqual([{ api: "prepared" }, { web: "prepared" }])
    const digests = ["api", "web"].map((name, at) => digestOf(prepared[at] as ServicesRelease, name))
    expect(prepared[0]?.services.get("api")?.release?.record.bump).toEqual({ status: "pending" })
    expect(commits(), "nothing is deployed").toBe(4)
    const before = await registry.snapshot()
    const deployed = await run()
    expect(outcomes(deployed)).toEqual({ api: "shipped", web: "shipped" })
    for (const [at, name] of ["api", "web"].entries()) {
      expect(deployed.services.get(name)?.release?.record).toMatchObject({ adopted: true, ok: true })
      expect(digestOf(deployed, name)).toBe(digests[at])
      expect(overlay()).toContain(digests[at])
      expect(Object.keys((await registry.snapshot())[`team/${name}`] ?? {}).toSorted()).toEqual(
        Object.keys(before[`team/${name}`] ?? {}).toSorted(),
      )
    }
    expect(commits()).toBe(5)
    expect(outcomes(await run()), "the releases are complete").toEqual({ api: "finished", web: "finished" })
  })
})
