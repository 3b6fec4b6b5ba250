import { dag, NetworkProtocol } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import { type Release, ship } from "../../lib/ship/ship.ts"
import type { Stopwatch } from "../../lib/ship/stopwatch.ts"
import { PREDICATE_TYPES, RELEASE_TYPES } from "../../lib/sign/verification.ts"
import { commitFolder } from "./commit-folder.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startLosableSession } from "./losable-session.ts"
import { CAN_HAVE_OWN, type OwnEngine, startOwnEngine } from "./own-engine.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { toolImage } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"
import { startWitness, type Witness } from "./witness.ts"

/** When to kill the engine: after a stage ends, or after a server responds to the engine. */
let moment: { stage: string } | { request: RegExp; response: RegExp } | undefined
let killed: boolean
let engine: OwnEngine

function killAt(stage: string): void {
  if (moment && "stage" in moment && moment.stage === stage) kill()
}

function killOn(request: string, response: string): void {
  if (moment && "request" in moment && moment.request.test(request) && moment.response.test(response)) kill()
}

function kill(): void {
  moment = undefined
  killed = true
  engine.kill()
}

// runs the real stages, and kills the engine between two of them
vi.mock("../../lib/ship/stopwatch.ts", async (real) => {
  const { startStopwatch, ...others } = await real<typeof import("../../lib/ship/stopwatch.ts")>()
  return {
    ...others,
    startStopwatch: (): Stopwatch => {
      const watch = startStopwatch()
      const measure: Stopwatch["measure"] = async (name, stage) => {
        const result = await watch.measure(name, stage)
        killAt(name)
        return result
      }
      return { ...watch, measure }
    },
  }
})

const DOCKERFILE = `FROM ${toolImage("KUSTOMIZEIMAGE")} AS test
RUN --mount=type=bind,source=Dockerfile,target=/Dockerfile test -s /Dockerfile
FROM gcr.io/distroless/static-debian12
COPY Dockerfile /
`
const REPOSITORY = "team/app"
const PUT_MANIFEST = new RegExp(`^PUT /v2/${REPOSITORY}/manifests/sha256:`)
const TAKEN = /^HTTP\/1\.1 201/
/** https://github.com/sigstore/cosign/blob/v3.1.3/pkg/types/predicate.go */
const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
const INDEX_TYPES = [PREDICATE_TYPES.slsaprovenance1, RELEASE_TYPES.evidence, RELEASE_TYPES.release]
const PLATFORM_TYPES = [PREDICATE_TYPES.spdxjson, PREDICATE_TYPES.cyclonedx, PREDICATE_TYPES.vuln]

let registry: TestRegistry
let git: GitServer
let doors: { registry: Witness; git: Witness }
let key: SigningKeyFiles | undefined
let source: string
let database: string
const runs: Release[] = []

beforeAll(async () => {
  if (!CAN_HAVE_OWN) return
  engine = await startOwnEngine("killed")
  const values = { "values.yaml": "image:\n  repository: registry.test:5000/team/app\n  digest: ''\n" }
  ;[registry, git] = await Promise.all([startRegistry(), startGitServer(values)])
  const [before, beforeGit] = await Promise.all([startWitness(registry.port, killOn), startWitness(git.port, killOn)])
  doors = { registry: before, git: beforeGit }
  source = commitFolder({ branch: "main", tags: [], files: { Dockerfile: DOCKERFILE } })
  database = vulnerabilityDbFolder()
})
afterAll(async () => {
  git?.stop()
  doors?.registry.stop()
  doors?.git.stop()
  await engine?.remove()
})

/** One call, in a separate session. */
async function run(): Promise<Release> {
  const session = await startLosableSession()
  killed = false
  try {
    key ??= await makeSigningKey()
    const from = (port: number, frontend = port) => {
      return dag.host().service([{ protocol: NetworkProtocol.Tcp, frontend, backend: port }], { host: "127.0.0.1" })
    }
    const destination = {
      repository: `registry.test:5000/${REPOSITORY}`,
      signing: await signingSecrets(key),
      ...{ tags: ["{sha}", "latest"], registry: { service: from(doors.registry.port, 5000), plainHttp: true } },
      ...{ gitopsRepo: git.url("git.test"), gitopsPath: "values.yaml", gitopsEdits: ["helm:image"] },
      git: { gitService: from(doors.git.port, git.port) },
    }
    const options = await shipHere(destination, dag.host().directory(database), { settings: {} })
    const release = await ship(dag.host().directory(source), options)
    runs.push(release)
    return release
  } finally {
    await session.end({ lost: killed })
  }
}

/** The state outside the engine. */
async function world(image?: string) {
  const { [REPOSITORY]: all = {} } = await registry.snapshot()
  const tags = Object.keys(all).filter((name) => !isList(name))
  const lists = Object.keys(all).filter(isList)
  const counts = await Promise.all(lists.map(async (list) => (await statements(list.replace("-", ":"))).length))
  const commits = Number(git.git("rev-list", "--count", "main")) - 1
  const pushed = image !== undefined && (await holds(image))
  return { pushed, statements: counts.reduce((sum, count) => sum + count, 0), tags: tags.length, commits }
}

function holds(image: string): Promise<boolean> {
  return registry.manifest(REPOSITORY, image).then(
    () => true,
    () => false,
  )
}

/** A registry without the referrers API lists them by a tag named after the digest. */
function isList(tag: string): boolean {
  return tag.startsWith("sha256-")
}

/** The digests of the index and of its platforms. */
async function imageDigests(digest: string): Promise<string[]> {
  const { manifests = [] } = (await registry.manifest(REPOSITORY, digest)).body
  return [digest, ...manifests.map((platform) => platform.digest)]
}

/** The predicate types of all statements about a digest: https://github.com/sigstore/cosign/blob/main/specs/BUNDLE_SPEC.md */
async function statements(of: string): Promise<string[]> {
  const { manifests = [] } = (await registry.manifest(REPOSITORY, of.replace(":", "-"))).body
  const types = manifests.map(async ({ digest }) => {
    const { annotations = {} } = (await registry.manifest(REPOSITORY, digest)).body as {
      annotations?: Record<string, string>
    }
    return annotations["dev.sigstore.bundle.predicateType"] ?? "none"
  })
  return (await Promise.all(types)).sort()
}

describe.skipIf(!CAN_HAVE_OWN)("a delivery whose engine is killed", () => {
  const nothing = { pushed: false, statements: 0, tags: 0, commits: 0 }
  const pushed = { ...nothing, pushed: true }
  const proved = { ...pushed, statements: 6 }
  const bumped = { ...proved, tags: 2, commits: 1 }
  test.each([
    { name: "after the resume stage", at: { stage: "resume" }, left: nothing },
    { name: "after the open stage", at: { stage: "open" }, left: nothing },
    { name: "after the tests", at: { stage: "test" }, left: nothing },
    { name: "after the build", at: { stage: "build" }, left: nothing },
    { name: "after the scan", at: { stage: "scan" }, left: nothing },
    { name: "in the push, with one manifest pushed", at: { request: PUT_MANIFEST, response: TAKEN }, left: nothing },
    { name: "after the push", at: { stage: "publish" }, left: pushed },
    { name: "after the signature", at: { stage: "sign" }, left: { ...pushed, statements: 1 } },
    { name: "after the attestations", at: { stage: "attest" }, left: proved },
    { name: "after the verification", at: { stage: "verify" }, left: proved },
    { name: "after the tags", at: { stage: "tag" }, left: { ...proved, tags: 2 } },
    {
      name: "in the push to git, with the commit pushed",
      at: { request: /./, response: /unpack ok/ },
      left: bumped,
    },
    { name: "after the push to git", at: { stage: "gitops" }, left: bumped },
    { name: "after the record", at: { stage: "record" }, left: { ...bumped, statements: 7 } },
  ])("$name leaves the work until then intact", async ({ at, left }) => {
    moment = at
    const { record } = await run()
    await engine.startAgain()
    expect(killed, "the moment came").toBe(true)
    expect(await world(record.image?.digest)).toEqual(left)
  })

  test("ends with one digest, each attestation once, one commit and a successful record", async () => {
    const { record, finished } = await run()
    expect(record.failure).toBeUndefined()
    expect({ finished, ok: record.ok }).toEqual({ finished: true, ok: true })
    const digests = runs.flatMap((release) => release.record.image?.digest ?? [])
    expect(digests.length, "what was built more than once").toBeGreaterThan(5)
    expect([...new Set(digests)]).toEqual([record.image?.digest])
    const [index = "", ...platforms] = await imageDigests(digests[0] ?? "")
    expect(await statements(index)).toEqual([SIGNATURE, ...INDEX_TYPES].sort())
    for (const platform of platforms) expect(await statements(platform)).toEqual([...PLATFORM_TYPES].sort())
    const tags = Object.entries((await registry.snapshot())[REPOSITORY] ?? {}).filter(([name]) => !isList(name))
    expect(tags.map(([, digest]) => digest)).toEqual([index, index])
    expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
    expect(git.git("show", "main:values.yaml")).toContain(index)
  })
})
