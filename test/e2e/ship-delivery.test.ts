import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { DestinationRequest } from "../../lib/ship/options/flags.ts"
import { ship as deliver, requireShipped } from "../../lib/ship/ship.ts"
import { type CommitKey, makeCommitKey } from "./commit-key.ts"
import { type Called, daggerCall } from "./dagger-call.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { REGISTRIES, startRegistry, startRegistryOf, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { type ShipCall, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
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

/** The command line of a delivery to this test's registry and git server. */
function ship(source: string, extra: string[] = []): Promise<Called> {
  return daggerCall(
    [
      `--vulnerability-db=${database}`,
      ...[`--registry-service=tcp://127.0.0.1:${registry.port}`, "--plain-http"],
      ...[`--cosign-key=file:${key.privateKey}`, "--cosign-password=env:KEY_PASSWORD"],
      `--git-service=tcp://127.0.0.1:${git.port}`,
      ...[`--git-signing-key=file:${commitKey.file}`, "--git-signing-password=env:COMMIT_PASSWORD"],
      ...["ship", `--source=${source}`, "--platforms=linux/amd64,linux/arm64"],
      ...[`--repository=registry.test:${registry.port}/team/hello`, `--set=gitops.repo=${git.url("git.test")}`],
      ...[`--set=gitops.path=${OVERLAY}`, "--set=gitops.imageName=hello", ...extra],
    ],
    { env: { KEY_PASSWORD: key.password, COMMIT_PASSWORD: commitKey.password } },
  )
}

/** The verification by a user who only has the public key. */
function verifyRelease(ref: string): Promise<Called> {
  const way = [`--registry-service=tcp://127.0.0.1:${registry.port}`, "--plain-http"]
  return daggerCall([...way, "signature", "verify-release", `--ref=${ref}`, `--public-key=${key.publicKey}`])
}

describe("dagger call ship", () => {
  test("takes the example to a signed, tagged digest in registry and git, by a signed commit", async () => {
    const called = await ship("examples/hello-go", ["--tags=v1"])
    expect(called.code, called.error).toBe(0)
    const [, digest] = called.stdout.match(/^image +registry\.test:\d+\/team\/hello@(sha256:[0-9a-f]{64})$/m) ?? []
    const index = await registry.manifest("team/hello", "v1")
    expect(index.digest).toBe(digest)
    const platforms = index.body.manifests?.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)
    expect(platforms).toEqual(["linux/amd64", "linux/arm64"])
    // This registry has no referrers API, so cosign's bundles are listed by the fallback tag of each digest.
    const referrers = async (of = "") => (await registry.manifest("team/hello", of.replace(":", "-"))).body.manifests
    expect(await referrers(digest), "signature, provenance and evidence").toHaveLength(3)
    for (const platform of index.body.manifests ?? []) {
      expect(await referrers(platform.digest), "two SBOMs and the vulnerability report").toHaveLength(3)
    }
    expect(git.git("show", `main:${OVERLAY}/kustomization.yaml`)).toContain(`digest: ${digest}`)
    expect(called.stdout).toContain(git.git("rev-parse", "main").trim())
    commitKey.verify("main", git.git)
    expect(called.stdout).not.toContain("REHEARSAL")
    const verified = await verifyRelease(`registry.test:${registry.port}/team/hello@${digest}`)
    expect(verified.stdout, verified.error).toContain(`@${digest} is verified.\n  verified: signature of ${digest}`)
    expect(verified.stdout).toMatch(/linux\/arm64 sha256:\w+: 3 attestations by the same signer/)
  })
})

describe("a failure leaves registry and git as they were", () => {
  let before: unknown
  const world = async () => ({ registry: await registry.snapshot(), refs: git.refs() })
  beforeAll(async () => {
    before = await world()
  })

  test("when the gate fails, and the error names the finding", async () => {
    const called = await ship("test/fixtures/projects/vulnerable", ["--set=test=false", "--tags=gate"])
    expect(called.code).not.toBe(0)
    expect(called.error).toContain("GATE_FAILED")
    expect(called.error).toContain("CVE-2023-2603")
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
    repository: "registry.test:5000/team/hello",
    signing: await signingSecrets(key, password),
    ...{ tags: ["again"], registry: { service: registry.service, plainHttp: true } },
    git: { gitService: git.service() },
  }
  return await shipHere({ ...whole, ...bumped, ...destination }, dag.host().directory(database), call)
}
