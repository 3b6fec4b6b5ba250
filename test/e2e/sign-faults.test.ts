import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { ALWAYS, type Fault, type FaultProxy, startFaultProxy } from "./fault-proxy.ts"
import { lane } from "./lane.ts"
import { REGISTRIES } from "./registry.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { type TinyImage, tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
const { spdxjson, vuln } = PREDICATE_TYPES
let throwAway: EphemeralKey
beforeAll(async () => {
  throwAway = await createEphemeralKey({ cosignImage, run: newRun() })
})

const MANIFEST = { method: "PUT", path: /\/manifests\// }
const BLOB = { method: "POST", path: /\/blobs\/uploads\// }
const READ = { method: "GET|HEAD", path: /\/manifests\// }
/** Requests for the list of referrers: by the API, or by the fallback tag. */
const LIST = { method: "GET", path: /\/(?:referrers\/|manifests\/sha256-)/ }
const BUNDLE = { method: "GET", path: /\/blobs\/sha256:/ }

// tests of one proxy run sequentially, since it has one fault at a time; the registries run concurrently
describe.each(REGISTRIES)("on $name", { concurrent: true }, (kindOfRegistry) => {
  lane("a fault", () => signatureFaultsOn(kindOfRegistry))
  lane("a fault", () => attestationFaultsOn(kindOfRegistry))
  lane("a verification", () => refusalsOn(kindOfRegistry))
  lane("a look", () => secondRunsOn(kindOfRegistry))
})

/** A registry with a separate proxy for a group of tests. */
function behindProxy(kindOfRegistry: (typeof REGISTRIES)[number]) {
  let registry: SignRegistry
  let proxy: FaultProxy
  beforeAll(async () => {
    registry = await startSignRegistry(kindOfRegistry)
    proxy = await startFaultProxy(registry.access.service)
  })
  beforeEach(() => proxy.inject())
  const options = () => {
    const access = { service: proxy.service, plainHttp: true }
    return { cosignImage, craneImage, access, run: newRun(), key: throwAway.key }
  }
  const push = (name: string, image: TinyImage) => registry.push(name.replaceAll(" ", "-"), image)
  return {
    ...{ options, push },
    get registry() {
      return registry
    },
    get proxy() {
      return proxy
    },
  }
}

/** The statements of a release with one platform. */
function subjectsOf(ref: DigestRef, image: TinyImage) {
  return releaseSubjects(ref, image, { only: [spdxjson, vuln] })
}

function signatureFaultsOn(kindOfRegistry: (typeof REGISTRIES)[number]) {
  const behind = behindProxy(kindOfRegistry)

  test.each<{ kind: Fault["kind"]; says: RegExp }>([
    { kind: 403, says: /a registry that requires a login/ },
    { kind: "reset", says: /no response from the server \(.*connection reset|EOF/ },
  ])(
    "reports SIGNING_FAILED if the signature's manifest meets $kind, and the next run signs",
    async ({ kind, says }) => {
      const ref = await behind.push(`signed/${kind}`, tinyImage(`signed ${kind}`))
      await behind.proxy.inject({ ...MANIFEST, kind, times: ALWAYS })
      const refused = await signDigest(ref, behind.options()).then(String, String)
      expect(refused).toMatch(/SIGNING_FAILED: .*run again; the run continues/)
      expect(refused).toMatch(says)
      expect(await behind.proxy.hit()).toBeGreaterThan(0)
      expect(await behind.registry.statements(ref)).toEqual([])
      expect(await behind.registry.tags(ref)).toEqual([])
      await behind.proxy.inject()
      expect(await signDigest(ref, behind.options())).toMatchObject({ ref, status: "signed" })
      expect(await signDigest(ref, behind.options())).toMatchObject({ ref, status: "alreadySigned" })
      expect(await behind.registry.statements(ref)).toHaveLength(1)
    },
  )

  test.each<{ fault: string; at: Pick<Fault, "method" | "path">; kind: Fault["kind"] }>([
    { fault: "503 for its blob", at: BLOB, kind: 503 },
    { fault: "429 for its manifest", at: MANIFEST, kind: 429 },
    { fault: "answer about another digest", at: MANIFEST, kind: "wrong digest" },
  ])("signs once in spite of one $fault", async ({ fault, at, kind }) => {
    const ref = await behind.push(`passing/${fault}`, tinyImage(fault))
    await behind.proxy.inject({ ...at, kind })
    expect((await signDigest(ref, behind.options())).status).toBe("signed")
    expect(await behind.proxy.hit()).toBe(1)
    expect(await behind.registry.statements(ref)).toHaveLength(1)
  })

  if (kindOfRegistry.referrersApi) return
  test("reports SIGNING_FAILED if the fallback tag cannot be written", async () => {
    const ref = await behind.push("listed", tinyImage("listed"))
    await behind.proxy.inject({ method: "PUT", path: /\/manifests\/sha256-/, kind: 403, times: ALWAYS })
    await expect(signDigest(ref, behind.options())).rejects.toThrow(/^SIGNING_FAILED: .*run again; the run continues/)
    expect(await behind.registry.statements(ref)).toEqual([])
  })
}

function attestationFaultsOn(kindOfRegistry: (typeof REGISTRIES)[number]) {
  const behind = behindProxy(kindOfRegistry)

  test("attests once in spite of one 429 for the attestation's manifest", async () => {
    const image = tinyImage("passing attestation", ["amd64"])
    const [subject] = subjectsOf(await behind.push("passing/attestation", image), image)
    await behind.proxy.inject({ ...MANIFEST, kind: 429 })
    expect(await attestDigests(subject ? [subject] : [], behind.options())).toMatchObject([{ status: "attested" }])
    expect(await behind.proxy.hit()).toBe(1)
    expect(subject && (await behind.registry.statements(subject.ref))).toHaveLength(1)
  })

  const lasting: Fault["kind"][] = kindOfRegistry.referrersApi ? [429] : [503, 429, "reset"]
  test.each(lasting)(
    "keeps the attestations before one that meets %s, and makes only the missing ones in the next run",
    async (kind) => {
      const image = tinyImage(`attested ${kind}`, ["amd64"])
      const ref = await behind.push(`attested/${kind}`, image)
      const subjects = subjectsOf(ref, image).slice(1)
      const [{ ref: platform } = { ref }] = subjects
      // each attestation is one manifest, and without the API another one, under the fallback tag
      const second = kindOfRegistry.referrersApi ? 2 : 3
      await behind.proxy.inject({ ...MANIFEST, kind, from: second, times: ALWAYS })
      await expect(attestDigests(subjects, behind.options())).rejects.toThrow(
        /^SIGNING_FAILED: expected cosign to sign the /,
      )
      const before = await behind.registry.statements(platform)
      expect(before).toHaveLength(1)
      await behind.proxy.inject()
      const statuses = (await attestDigests(subjects, behind.options())).map(({ status }) => status)
      expect(statuses).toEqual(["alreadyAttested", "attested"])
      const after = await behind.registry.statements(platform)
      expect(after).toHaveLength(2)
      expect(after).toEqual(expect.arrayContaining(before))
    },
  )
}

/** A release with one platform, signed and attested before the first fault. */
function signedBehindProxy(kindOfRegistry: (typeof REGISTRIES)[number]) {
  const behind = behindProxy(kindOfRegistry)
  const image = tinyImage("verified", ["amd64"])
  let ref: DigestRef
  let signer: Awaited<ReturnType<typeof signDigest>>["by"]
  beforeAll(async () => {
    ref = await behind.push("verified", image)
    signer = (await signDigest(ref, behind.options())).by
    await attestDigests(subjectsOf(ref, image), behind.options())
  })
  const whole = () => {
    const wanted = { platforms: ["linux/amd64"], platformTypes: [spdxjson, vuln], provenance: true }
    return { ...behind.options(), ...wanted, signer }
  }
  return { behind, image, whole, ref: () => ref }
}

function refusalsOn(kindOfRegistry: (typeof REGISTRIES)[number]) {
  const { behind, whole, ...signed } = signedBehindProxy(kindOfRegistry)
  test.each<Fault["kind"]>(["reset", "wrong digest", 429, 503])(
    "that meets %s is a refusal, never an empty yes, and holds when it is run again",
    async (kind) => {
      const ref = signed.ref()
      const before = await behind.registry.statements(ref)
      await behind.proxy.inject({ ...READ, kind, times: ALWAYS })
      const refused = await Promise.allSettled([
        verifySigned(ref, { ...whole(), craneImage: undefined }),
        verifyReleaseAt(ref, whole()),
      ])
      // only other bytes are a verdict; a missing response says nothing about the image
      const verdict =
        kind === "wrong digest"
          ? /(?:VERIFICATION|REGISTRY)_FAILED: /
          : /REGISTRY_FAILED: .*neither verified nor refused/
      for (const answer of refused) {
        expect(String(answer.status === "rejected" ? answer.reason : "accepted")).toMatch(verdict)
      }
      expect(await behind.proxy.hit()).toBeGreaterThan(0)
      await behind.proxy.inject()
      expect((await verifyReleaseAt(ref, whole())).ref).toBe(ref)
      expect(await behind.registry.statements(ref)).toEqual(before)
    },
  )
}

function secondRunsOn(kindOfRegistry: (typeof REGISTRIES)[number]) {
  const { behind, image, ...signed } = signedBehindProxy(kindOfRegistry)
  test.each<{ fault: string; at: Pick<Fault, "method" | "path">; kind: Fault["kind"] }>([
    { fault: "list meets 503", at: LIST, kind: 503 },
    { fault: "list meets 429", at: LIST, kind: 429 },
    { fault: "list meets reset", at: LIST, kind: "reset" },
    { fault: "bundles meet 403", at: BUNDLE, kind: 403 },
  ])("does not sign again if the existing signature's $fault", async ({ at, kind }) => {
    const ref = signed.ref()
    const before = await behind.registry.statements(ref)
    await behind.proxy.inject({ ...at, kind, times: ALWAYS })
    const refused = [signDigest(ref, behind.options()), attestDigests(subjectsOf(ref, image), behind.options())]
    for (const { reason } of (await Promise.allSettled(refused)) as PromiseRejectedResult[])
      expect(String(reason)).toMatch(/REGISTRY_FAILED: expected to read the signatures of .*; nothing was signed/)
    expect(await behind.proxy.hit()).toBeGreaterThan(0)
    await behind.proxy.inject()
    expect((await signDigest(ref, behind.options())).status).toBe("alreadySigned")
    expect(await behind.registry.statements(ref)).toEqual(before)
  })
}
