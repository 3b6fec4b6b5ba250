import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { RefreshPolicy } from "../../lib/bases/decision.ts"
import { readReleaseBases } from "../../lib/bases/release-bases.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { REGISTRY_HERE, startRegistry, type TestRegistry } from "./registry.ts"
import { DEBIAN, type ImageFiles } from "./scan-image.ts"
import { inSession } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const REPOSITORY = "registry.test:5000/team/app"
/** HIGH, in the libcap2 of DEBIAN. */
const FIXED = "CVE-2023-2603"
const { "var/lib/dpkg/status": status = "", ...rest } = DEBIAN
/** DEBIAN with a libcap2 that has no finding. */
const PATCHED: ImageFiles = { ...rest, "var/lib/dpkg/status": status.replace("1:2.66-4", "1:2.66-99") }

// The engine pulls the base from the registry itself, so the registry must run on this machine.
describe.skipIf(!REGISTRY_HERE)("a refresh", () => {
  let registry: TestRegistry
  let git: GitServer
  let key: SigningKeyFiles
  let source: string
  let base: string
  beforeAll(async () => {
    const values = { "values.yaml": `image:\n  repository: ${REPOSITORY}\n  digest: ''\n` }
    ;[registry, git, key] = await inSession(() =>
      Promise.all([startRegistry(), startGitServer(values), makeSigningKey()]),
    )
    base = `127.0.0.1:${registry.port}/base:1`
    const files = { Dockerfile: `FROM ${base}\nCOPY Dockerfile /\n` }
    source = commitFolder({ branch: "main", tags: [], files })
  })
  afterAll(() => git?.stop())

  /** Moves the base's tag to an image with these files. */
  async function moveBase(files: ImageFiles): Promise<string> {
    return await inSession(async () => {
      const root = Object.entries(files).reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
      const published = await dag.container().withRootfs(root).publish(base)
      return published.slice(published.indexOf("@") + 1)
    })
  }

  const access = () => ({
    service: dag.host().service([{ frontend: 5000, backend: registry.port }], { host: "127.0.0.1" }),
    plainHttp: true,
  })

  type Wish = { refresh?: RefreshPolicy; severity?: "HIGH" | "CRITICAL" }

  /** `severity` is the gate's; DEBIAN has a HIGH finding. */
  async function run({ refresh, severity = "HIGH" }: Wish = {}): Promise<Release & { seconds: number }> {
    return await inSession(async () => {
      const destination = {
        repository: REPOSITORY,
        signing: await signingSecrets(key),
        ...{ tags: ["{sha}", "{branch}"], registry: access() },
        ...{ gitopsRepo: git.url("git.test"), gitopsPath: "values.yaml", gitopsEdits: ["helm:image"] },
        git: { gitService: git.service() },
      }
      const settings = { test: false as const, smoke: false as const, scan: { failOn: { severity } } }
      const options = await shipHere(destination, dag.host().directory(vulnerabilityDbFolder()), { settings })
      const start = Date.now()
      const shipped = await ship(dag.host().directory(source), { ...options, ...(refresh && { refresh }) })
      return { ...shipped, seconds: (Date.now() - start) / 1000 }
    })
  }

  const world = async () => ({ registry: await registry.snapshot(), refs: git.refs() })
  const commits = () => Number(git.git("rev-list", "--count", "main").trim())
  const stagesOf = ({ record }: Release) => record.stages.map(({ name }) => name)
  const idle = (reason: string) => ({
    ok: true,
    refresh: { status: "nothing", reason: expect.stringContaining(reason) },
  })

  let first: Release
  let older: string
  let newer: string

  test("has nothing to do in place of a release whose base did not move", async () => {
    older = await moveBase(DEBIAN)
    first = await run({ severity: "CRITICAL" })
    expect(first.record.failure).toBeUndefined()
    const before = await world()
    const unmoved = await run({ refresh: "moved" })
    expect(unmoved.record).toMatchObject(idle("no base image moved"))
    expect(stagesOf(unmoved)).toEqual(["open", "refresh"])
    console.info(`nothing to refresh: ${unmoved.seconds} s`)
    expect(await world()).toEqual(before)
  })

  test("has nothing to do for a base that moved without a fix, where only fixes count", async () => {
    await moveBase({ ...DEBIAN, "etc/motd": "moved\n" })
    const before = await world()
    const unfixed = await run({ refresh: "fixes" })
    expect(unfixed.record).toMatchObject(idle("fixes no finding at or above HIGH"))
    expect(unfixed.record.refresh?.bases).toMatchObject([{ name: base, status: "moved", from: older, fixes: [] }])
    expect(await world()).toEqual(before)
  })

  test("is announced by bases, with the finding that the newer base fixes", async () => {
    newer = await moveBase(PATCHED)
    const found = await inSession(async () => {
      const { service: registryService, plainHttp } = access()
      const vulnerabilityDb = dag.host().directory(vulnerabilityDbFolder())
      const module = slipway({ registryService, plainHttp, vulnerabilityDb })
      return await module.bases([first.record.published ?? ""], dag.host().file(key.publicKey), true)
    })
    expect(JSON.parse(found)).toMatchObject({
      images: [
        {
          ref: first.record.published,
          commit: first.record.source?.revision,
          bases: [
            {
              ...{ name: base, digest: older, status: "moved", current: newer },
              platforms: [{ platform: "linux/amd64", status: "changed" }],
              fixes: [{ id: FIXED, severity: "HIGH", package: "libcap2" }],
            },
          ],
        },
      ],
    })
  })

  test("makes one new digest with tags of its own, one bump, and a provenance of the newer base", async () => {
    const [before, count] = [(await registry.snapshot())["team/app"] ?? {}, commits()]
    const refreshed = await run({ refresh: "fixes" })
    expect(refreshed.record).toMatchObject({ ok: true, refresh: { status: "due", former: first.record.published } })
    const { digest = "" } = refreshed.record.image ?? {}
    const sha = first.record.source?.revision ?? ""
    const after = (await registry.snapshot())["team/app"] ?? {}
    expect(after[sha]).toBe(before[sha])
    const fixed = Object.keys(after).filter((tag) => tag.startsWith(`${sha}-base-`))
    expect(fixed.map((tag) => after[tag])).toEqual([digest])
    expect(after["main"]).toBe(digest)
    expect(commits()).toBe(count + 1)
    expect(git.git("show", "main:values.yaml")).toContain(digest)
    expect(git.git("log", "-1", "--format=%B", "main")).toMatch(/^Source-Refresh: [0-9]+$/m)
    const bases = await inSession(async () => {
      const { cosignImage, craneImage } = toolsOf()
      const signer = { kind: "publicKey" as const, publicKey: dag.host().file(key.publicKey) }
      const options = { cosignImage, craneImage, access: access(), signer, run: newRun() }
      const former = parseDigestRef(first.record.published ?? "")
      const whole = { platforms: [], platformTypes: [PREDICATE_TYPES.vuln], provenance: true }
      expect((await verifyReleaseAt(former, { ...options, ...whole })).ref).toBe(former)
      const ref = parseDigestRef(refreshed.record.published ?? "")
      return (await readReleaseBases(ref, { ...options, moment: "test" })).bases
    })
    expect(bases).toEqual([{ name: base, digest: newer }])
  })

  test("has nothing to do again, and an ordinary run of the commit takes nothing back", async () => {
    const before = await world()
    const again = await run({ refresh: "moved" })
    expect(again.record).toMatchObject(idle("no base image moved"))
    const ordinary = await run({ severity: "CRITICAL" })
    expect(ordinary).toMatchObject({ finished: true, record: { published: first.record.published } })
    expect(await world()).toEqual(before)
  })
})

function toolsOf() {
  const module = slipway()
  return { cosignImage: module["cosignImage"], craneImage: module["craneImage"] }
}
