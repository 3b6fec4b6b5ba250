import { type Directory, dag, NetworkProtocol, type Service } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { IMAGE_INDEX, IMAGE_MANIFEST } from "../../lib/oci/manifest.ts"
import { type DigestRef, parseDigestRef, parseRepository } from "../../lib/oci/reference.ts"
import { type RegistryAccess, renderDockerConfig } from "../../lib/oci/registry-access.ts"
import { ship } from "../../lib/ship/ship.ts"
import { type AttestOptions, attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import type { Slipway } from "../../src/index.ts"
import { commitFolder } from "./commit-folder.ts"
import { datedImage } from "./dated-image.ts"
import { type Gitea, startGitea } from "./gitea.ts"
import { BOT, makeOrganization, makeRepository, secretOf, VALUES } from "./gitea-repository.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { makeSigningKey, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { tinyLayout } from "./tiny-layout.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
const ADDRESS = "registry.test:5000/acme/app"

let gitea: Gitea
/** Tokens of the bot: one that writes packages, and one that reads them. */
let [write, read] = ["", ""]
let key: EphemeralKey
beforeAll(async () => {
  gitea = await startGitea()
  await makeOrganization(gitea)
  write = await gitea.tokenOf(BOT, ["write:package"])
  read = await gitea.tokenOf(BOT, ["read:package"])
  key = await createEphemeralKey({ cosignImage, run: newRun() })
})
afterAll(() => gitea?.stop())

function service(): Service {
  const tcp = { protocol: NetworkProtocol.Tcp, frontend: 5000, backend: gitea.port }
  return dag.host().service([tcp], { host: "127.0.0.1" })
}

/** The module with a login for Gitea's registry, or without one. */
function there(token?: string): Slipway {
  const login = token ? { registryUsername: BOT, registryPassword: secretOf(token) } : {}
  return slipway({ ...login, registryService: service(), plainHttp: true })
}

function access(token = write): RegistryAccess {
  const config = renderDockerConfig(parseRepository(ADDRESS), { username: BOT, password: token })
  return { service: service(), plainHttp: true, dockerConfig: secretOf(config) }
}

const tools = () => ({ cosignImage, craneImage, access: access(), run: newRun() })
const signing = (): AttestOptions => ({ ...tools(), key: key.key })
const signer = (): Signer => ({ kind: "publicKey", publicKey: key.publicKey })

/** A response of the registry's own API, to the bot. */
async function ask(path: string): Promise<Response> {
  const headers = { authorization: `Basic ${btoa(`${BOT}:${read}`)}`, accept: `${IMAGE_INDEX}, ${IMAGE_MANIFEST}` }
  return await fetch(`${gitea.url}/v2/${path}`, { headers })
}

/** The tags and digests of a package in Gitea's API for packages, sorted. */
async function versions(name = "app"): Promise<string[]> {
  const { status, body } = await gitea.ask("GET", `/packages/acme?type=container&q=${name}&limit=50`)
  if (status !== 200) throw new Error(`packages: HTTP ${status}`)
  return body.map(({ version }: { version: string }) => version).sort()
}

const images = {
  release: datedImage("release", { age: 60 }),
  old: datedImage("old", { age: 60, dated: "config" }),
  candidate: datedImage("candidate", { age: 60 }),
}

describe("Gitea's registry", () => {
  let [release, old]: DigestRef[] = []

  test("refuses a login that cannot write, and none, with the right that it lacks", async () => {
    for (const token of [undefined, read, "wrong"]) {
      const refused = await there(token).publish(tinyLayout(images.release), ADDRESS).then(String, String)
      expect(refused).toMatch(/REGISTRY_FAILED|LOGIN|REGISTRY_REFUSED|PUSH/)
      expect(refused).not.toContain(read)
    }
    expect(await versions()).toEqual([])
  })

  test("gets images by digest with a token, and their tags", async () => {
    release = parseDigestRef(await there(write).publish(tinyLayout(images.release), ADDRESS))
    old = parseDigestRef(await there(write).publish(tinyLayout(images.old), ADDRESS))
    expect(release).toBe(`${ADDRESS}@${images.release.digest}`)
    const digests = [images.release, images.old].flatMap(({ digest, platforms }) => [
      digest,
      ...platforms.map((one) => one.digest),
    ])
    expect(await versions()).toEqual(digests.sort())
    expect(await there(write).registry.tag(release, ["v1", "stable"])).toMatch(
      /v1 \(created\)\n {2}stable \(created\)$/,
    )
    expect(await there(write).registry.tag(release, ["v1"])).toMatch(/v1 \(unchanged\)$/)
    await there(write).registry.tag(old, ["pr-1"])
    expect(((await (await ask("acme/app/tags/list")).json()) as { tags: string[] }).tags.sort()).toEqual([
      "pr-1",
      "stable",
      "v1",
    ])
    const conflict = await there(write).registry.tag(old, ["v1"]).then(String, String)
    expect(conflict).toContain(
      `TAG_CONFLICT: expected the tag v1 to be free or at ${old}, got v1 at ${images.release.digest}`,
    )
  })

  test("has a tag in lower case, and finds it in any", async () => {
    const candidate = parseDigestRef(await there(write).publish(tinyLayout(images.candidate), ADDRESS))
    expect(await there(write).registry.tag(candidate, ["RC-1"])).toMatch(/RC-1 \(created\)$/)
    expect(await there(write).registry.tag(candidate, ["RC-1"])).toMatch(/RC-1 \(unchanged\)$/)
    const taken = await there(write)
      .registry.tag(release as DigestRef, ["rc-1"])
      .then(String, String)
    expect(taken).toContain("TAG_CONFLICT: expected the tag rc-1 to be free")
    expect(await versions()).toContain("rc-1")
  })

  test("has no referrers API, so that statements are listed by the fallback tag", async () => {
    expect((await ask(`acme/app/referrers/${images.release.digest}`)).status).toBe(404)
    for (const ref of [release, old] as DigestRef[]) {
      expect((await signDigest(ref, { ...signing(), formats: ["v3", "legacy"] })).status).toBe("signed")
    }
    await attestDigests(releaseSubjects(release as DigestRef, images.release), signing())
    await attestDigests(releaseSubjects(old as DigestRef, images.old, { only: [PREDICATE_TYPES.vuln] }), signing())
    expect((await signDigest(release as DigestRef, signing())).status).toBe("alreadySigned")
    const hex = images.release.digest.slice("sha256:".length)
    expect(await versions()).toEqual(expect.arrayContaining([`sha256-${hex}`, `sha256-${hex}.sig`]))
  })

  test("verifies a complete release", async () => {
    const { spdxjson, cyclonedx, vuln, openvex } = PREDICATE_TYPES
    const types = { platforms: [], platformTypes: [spdxjson, cyclonedx, vuln, openvex], provenance: true }
    const { platforms } = await verifyReleaseAt(release as DigestRef, { ...tools(), signer: signer(), ...types })
    expect(platforms.map(({ platform, types }) => [platform, types.length])).toEqual([
      ["linux/amd64", 4],
      ["linux/arm64", 4],
    ])
  })

  test("prunes exactly an old image with all that refers to it, and keeps the release verifiable", async () => {
    const before = await versions()
    const prune = (confirm: boolean) =>
      there(write).registry.prune(ADDRESS, ["v*", "stable", "RC-*", "* days=30"], undefined, confirm, true, true)
    expect(JSON.parse(await prune(false)).delete).toHaveLength(1)
    expect(await versions()).toEqual(before)
    expect(JSON.parse(await prune(true))).toMatchObject({ deleted: true })
    const kept = await versions()
    const gone = [images.old.digest, ...images.old.platforms.map(({ digest }) => digest)].map((digest) =>
      digest.slice(7),
    )
    expect(kept.filter((version) => gone.some((hex) => version.includes(hex)) || version === "pr-1")).toEqual([])
    expect(
      before.filter((version) => version.includes(images.release.digest.slice(7)) && !kept.includes(version)),
    ).toEqual([])
    await verifySigned(release as DigestRef, { ...tools(), signer: signer() })
    expect(JSON.parse(await prune(true)).delete).toEqual([])
  })
})

describe("release", () => {
  let other: TestRegistry
  beforeAll(async () => {
    other = await startRegistry()
  })

  test("by ship into Gitea's registry, with a replica, and into its git by a pull request that it merges", async () => {
    const at = await makeRepository(gitea, { name: "deploy" })
    const source = commitFolder({
      ...{ branch: "main", tags: [] },
      files: { Dockerfile: "FROM gcr.io/distroless/static-debian12\nCOPY Dockerfile /\n" },
    })
    const token = await gitea.tokenOf(BOT, ["write:repository"])
    const login = { registryUsername: BOT, registryPassword: secretOf(write) }
    const destination = {
      repository: "registry.test:5000/acme/shipped",
      registry: { service: service(), plainHttp: true, username: BOT, password: login.registryPassword },
      replicas: [{ repository: "other.test:5000/copies/app", registry: { service: other.service, plainHttp: true } }],
      ...{ signing: await signingSecrets(await makeSigningKey()), tags: ["{sha}", "latest"] },
      ...{ gitopsRepo: at.url, gitopsPath: VALUES, gitopsEdits: ["helm:image"], gitopsImageName: "hello" },
      git: { gitService: gitea.service(), token: secretOf(token) },
      proposal: {
        ...{ pullRequest: true, autoMerge: true, forge: "gitea", endpoint: `${gitea.url}/api/v1` },
        token: secretOf(token),
      },
    }
    const database: Directory = dag.host().directory(vulnerabilityDbFolder())
    const options = await shipHere(destination, database, { settings: { test: false, defaultBranch: "main" } })
    const { record } = await ship(dag.host().directory(source), options)
    expect(record.failure).toBeUndefined()
    expect(record).toMatchObject({ ok: true, bump: { status: "requested", request: { merge: "merged" } } })
    const digest = record.image?.digest ?? ""
    expect(await at.text(VALUES)).toContain(digest)
    expect(await versions("shipped")).toEqual(expect.arrayContaining([digest, "latest", record.source?.revision]))
    expect((await other.snapshot())["copies/app"]).toMatchObject({ latest: digest })
  })
})
