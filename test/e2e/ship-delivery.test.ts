import { randomUUID } from "node:crypto"
import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { DestinationRequest } from "../../lib/ship/options/flags.ts"
import { ship as deliver, requireShipped } from "../../lib/ship/ship.ts"
import { type CommitKey, makeCommitKey } from "./commit-key.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { REGISTRIES, startRegistry, startRegistryOf, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type ShipCall, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const OVERLAY = "overlays/prod"
const FILES = {
  "base/deployment.yaml": deployment("hello"),
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  [`${OVERLAY}/kustomization.yaml`]: "resources: [../../base]\n",
}

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
let commitKey: CommitKey
let database: string
beforeAll(async () => {
  ;[registry, git, key] = await Promise.all([startRegistry(), startGitServer(FILES), makeSigningKey()])
  commitKey = makeCommitKey()
  database = vulnerabilityDbFolder()
})
afterAll(() => git?.stop())

const ADDRESS = "registry.test:5000/team/hello"

/** Ships without the command line, whose flags new-user.test.ts covers. */
type From = { source: Directory; set?: string[]; tags: string[]; platforms: string[] }
async function shipFrom({ source, set = [], tags, platforms }: From): Promise<string> {
  const { key: cosignKey, password: cosignPassword } = await signingSecrets(key)
  const gitSigningPassword = dag.setSecret(randomUUID(), commitKey.password)
  const module = slipway({
    ...{ vulnerabilityDb: dag.host().directory(database), registryService: registry.service, plainHttp: true },
    ...{ cosignKey, cosignPassword, gitService: git.service() },
    ...{ gitSigningKey: dag.setSecret(randomUUID(), commitKey.text), gitSigningPassword },
  })
  const gitops = [`gitops.repo=${git.url("git.test")}`, `gitops.path=${OVERLAY}`, "gitops.imageName=hello"]
  return await module.ship(source, [...gitops, ...set], ADDRESS, tags, platforms)
}

/** The verification by a user who only has the public key. */
function verifyRelease(ref: string): Promise<string> {
  const module = slipway({ registryService: registry.service, plainHttp: true })
  return module.signature.verifyRelease(ref, dag.host().file(key.publicKey))
}

describe("ship", () => {
  // new-user.test.ts takes the example there, with its tests
  test("takes a source to a signed, tagged digest in registry and git, by a signed commit", async () => {
    const both = ["linux/amd64", "linux/arm64"]
    const said = await shipFrom({ source: tiny(), set: ["test=false"], tags: ["v1"], platforms: both })
    const [, digest] = said.match(/^image +registry\.test:5000\/team\/hello@(sha256:[0-9a-f]{64})$/m) ?? []
    const index = await registry.manifest("team/hello", "v1")
    expect(index.digest).toBe(digest)
    const platforms = index.body.manifests?.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)
    expect(platforms).toEqual(both)
    // This registry has no referrers API, so cosign's bundles are listed by the fallback tag of each digest.
    const referrers = async (of = "") => (await registry.manifest("team/hello", of.replace(":", "-"))).body.manifests
    expect(await referrers(digest), "signature, provenance and evidence").toHaveLength(3)
    for (const platform of index.body.manifests ?? []) {
      expect(await referrers(platform.digest), "two SBOMs and the vulnerability report").toHaveLength(3)
    }
    expect(git.git("show", `main:${OVERLAY}/kustomization.yaml`)).toContain(`digest: ${digest}`)
    expect(said).toContain(git.git("rev-parse", "main").trim())
    commitKey.verify("main", git.git)
    expect(said).not.toContain("REHEARSAL")
    const verified = await verifyRelease(`${ADDRESS}@${digest}`)
    expect(verified).toContain(`@${digest} is verified.\n  verified: signature of ${digest}`)
    expect(verified).toMatch(/linux\/arm64 sha256:\w+: 3 attestations by the same signer/)
  })
})

describe("a failure leaves registry and git as they were", () => {
  let before: unknown
  const world = async () => ({ registry: await registry.snapshot(), refs: git.refs() })
  beforeAll(async () => {
    before = await world()
  })

  test("when the gate fails, and the error names the finding", async () => {
    const shipped = shipFrom({
      ...{
        source: project("vulnerable"),
        set: ["test=false"],
        tags: ["gate"],
        platforms: ["linux/amd64"],
      },
    })
    await expect(shipped).rejects.toThrow(/GATE_FAILED[\s\S]*CVE-2023-2603/)
    expect(await world()).toEqual(before)
  })

  test("when the project's tests fail", async () => {
    const { record } = await deliver(project("node-failing"), await here({ call: { settings: {} } }))
    expect(record).toMatchObject({ ok: false, failure: { stage: "test", code: "TESTS_FAILED" } })
    expect(await world()).toEqual(before)
  })

  test("when the key cannot sign, before anything is pushed", async () => {
    const { record } = await deliver(tiny(), await here({ password: "wrong password" }))
    expect(record).toMatchObject({ ok: false, failure: { stage: "open", code: "KEY_INVALID" } })
    expect(record.failure?.message).toContain("decryption failed")
    expect(record.failure?.message).not.toContain("wrong password")
    expect(await world()).toEqual(before)
  })

  test("when it has no tag, before anything is pushed", async () => {
    const { record } = await deliver(tiny(), await here({ destination: { tags: [] } }))
    expect(record.failure?.message).toMatch(/expected a tag for the release, .* Nothing was pushed\.$/)
    expect(await world()).toEqual(before)
  })

  test("when the overlay is missing, and the error lists the existing ones", async () => {
    const { record } = await deliver(tiny(), await here({ destination: { gitopsPath: "overlays/prd" } }))
    expect(record).toMatchObject({ ok: false, failure: { stage: "open", code: "OVERLAY_INVALID" } })
    expect(record.failure?.message).toContain(OVERLAY)
    expect(await world()).toEqual(before)
  })
})

describe("the same source again, in the same engine", () => {
  test("is pushed and signed again, into a new registry of each kind", async () => {
    for (const kind of REGISTRIES) {
      const fresh = await startRegistryOf(kind)
      const destination = { registry: { service: fresh.service, plainHttp: true }, gitopsRepo: undefined }
      const { record } = requireShipped(await deliver(tiny(), await here({ destination })))
      const digest = String(record.image?.digest)
      const signed = [digest, ...(record.image?.platforms ?? []).map((platform) => platform.digest)]
      const lists = signed.map((subject) => [subject.replace(":", "-"), expect.stringMatching(/^sha256:/)])
      const needed = kind.referrersApi ? {} : Object.fromEntries(lists)
      expect((await fresh.snapshot())["team/hello"]).toEqual({ again: digest, ...needed })
    }
  })
})

function project(name: string): Directory {
  return dag.host().directory(`test/fixtures/projects/${name}`)
}

function tiny(): Directory {
  return dag.directory().withNewFile("Dockerfile", "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n")
}

type Here = { destination?: Partial<DestinationRequest>; call?: ShipCall; password?: string }

/** The same delivery through the client. Without a GitOps repository it has no bump. */
async function here({ destination = {}, call = {}, password = key.password }: Here): Promise<ShipOptions> {
  const gitops = { gitopsRepo: git.url("git.test"), gitopsPath: OVERLAY, gitopsImageName: "hello" }
  const bumped = "gitopsRepo" in destination ? {} : gitops
  const whole = {
    repository: ADDRESS,
    signing: await signingSecrets(key, password),
    ...{ tags: ["again"], registry: { service: registry.service, plainHttp: true } },
    git: { gitService: git.service() },
  }
  return await shipHere({ ...whole, ...bumped, ...destination }, dag.host().directory(database), call)
}
