import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, NetworkProtocol } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../../lib/oci/reference.ts"
import { verifySigner } from "../../lib/policy/admission.ts"
import { type AttestOptions, attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { type VerifyReleaseOptions, verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { keyFingerprint, type Signer } from "../../lib/sign/signer.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { keptOpen } from "./kept-open.ts"
import { lane } from "./lane.ts"
import { REGISTRIES, REGISTRY_OF_RUN } from "./registry.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
const { slsaprovenance1, spdxjson, cyclonedx, vuln, openvex } = PREDICATE_TYPES

let [ours, theirs]: EphemeralKey[] = []
beforeAll(async () => {
  ;[ours, theirs] = await Promise.all([1, 2].map(() => createEphemeralKey({ cosignImage, run: newRun() })))
})

for (const kind of REGISTRY_OF_RUN) lane(`on ${kind.name}`, () => releasesOn(kind))

function releasesOn(kind: (typeof REGISTRIES)[number]) {
  let registry: SignRegistry
  let ref: DigestRef
  const released = tinyImage("released")
  const tools = () => ({ cosignImage, craneImage, access: registry.access, run: newRun() })
  const signing = (): AttestOptions => ({ ...tools(), key: (ours as EphemeralKey).key })
  const signer = (key = ours): Signer => ({ kind: "publicKey", publicKey: (key as EphemeralKey).publicKey })
  const whole = (): VerifyReleaseOptions => {
    const types = [spdxjson, cyclonedx, vuln, openvex]
    return { ...tools(), signer: signer(), platforms: [], platformTypes: types, provenance: true }
  }
  const refusal = (verifying: Promise<unknown>) => verifying.then(() => "accepted", String)

  beforeAll(async () => {
    registry = await startSignRegistry(kind)
    ref = await registry.push("team/app", released)
    await signDigest(ref, signing())
    await attestDigests(releaseSubjects(ref, released), signing())
  })

  test("verifies a complete release, and names the key", async () => {
    const { checks, platforms } = await verifyReleaseAt(ref, whole())
    expect(platforms.map(({ platform, types }) => [platform, types.length])).toEqual([
      ["linux/amd64", 4],
      ["linux/arm64", 4],
    ])
    const key = keyFingerprint((await ours?.publicKey.contents()) ?? "")
    expect(checks[0]).toBe(`signature of ${released.digest} by the public key ${key}`)
  })

  test("signs and attests nothing in a second run, and writes only the tags that the registry needs", async () => {
    const { repository } = splitDigestRef(ref)
    const all = [ref, ...released.platforms.map(({ digest }) => digestRef(repository, digest))]
    const before = await Promise.all(all.map(registry.statements))
    expect(before.map((statements) => new Set(statements).size)).toEqual([2, 4, 4])
    expect((await signDigest(ref, signing())).status).toBe("alreadySigned")
    const again = await attestDigests(releaseSubjects(ref, released), signing())
    expect(new Set(again.map(({ status }) => status))).toEqual(new Set(["alreadyAttested"]))
    expect(await Promise.all(all.map(registry.statements))).toEqual(before)
    const needed = all.map((one) => splitDigestRef(one).digest.replace(":", "-"))
    expect((await registry.tags(ref)).sort()).toEqual(kind.referrersApi ? [] : needed.sort())
  })

  test("signs once in both formats, and finds the signature in each", async () => {
    const both = await registry.push("team/both", tinyImage("both"))
    expect((await signDigest(both, { ...signing(), formats: ["legacy"] })).status).toBe("signed")
    expect((await verifySigner(both, whole())).formats).toEqual({ bundle: false, legacy: true })
    expect(await refusal(verifySigned(both, { ...whole(), format: "v3" }))).toMatch(
      /VERIFICATION_FAILED.*got a signature in the older format only .*--format=LEGACY/,
    )
    const signed = () => signDigest(both, { ...signing(), formats: ["v3", "legacy"] })
    expect((await signed()).status).toBe("signed")
    const legacy = `${splitDigestRef(both).digest.replace(":", "-")}.sig`
    expect(await registry.tags(both)).toContain(legacy)
    expect((await verifySigner(both, whole())).formats).toEqual({ bundle: true, legacy: true })
    expect((await signed()).status).toBe("alreadySigned")
    expect(await registry.statements(both)).toHaveLength(1)
  })

  test("refuses another key's signature", async () => {
    const verifying = verifySigned(ref, { ...whole(), signer: signer(theirs) })
    expect(await refusal(verifying)).toMatch(/VERIFICATION_FAILED.*got a signature by another key/)
  })

  test("refuses an unsigned image and a missing one", async () => {
    const unsigned = await registry.push("team/unsigned", tinyImage("unsigned"))
    expect(await refusal(verifySigned(unsigned, whole()))).toMatch(/VERIFICATION_FAILED.*got no signature at all/)
    const absent = unsigned.replace("team/unsigned", "team/absent") as DigestRef
    expect(await refusal(verifyReleaseAt(absent, whole()))).toMatch(/IMAGE_NOT_FOUND.*got no such digest/)
  })

  test("refuses an image with an attestation but without a signature", async () => {
    const image = tinyImage("attested")
    const attested = await registry.push("team/attested", image)
    await attestDigests(releaseSubjects(attested, image).slice(0, 1), signing())
    expect(await refusal(verifySigned(attested, whole()))).toMatch(
      /VERIFICATION_FAILED.*got no signature, only attestations \(https:\/\/slsa\.dev/,
    )
  })

  test("refuses a signature copied from another repository or another image", async () => {
    const copied = await registry.push("evil/app", released)
    await registry.copyStatements(ref, copied)
    expect(await refusal(verifySigned(copied, whole()))).toMatch(
      /VERIFICATION_FAILED.*got a signature for registry\.test:5000\/team\/app/,
    )
    const moved = { ...whole(), repository: "registry.test:5000/team/app" }
    expect((await verifySigned(copied, moved)).ref).toBe(copied)
    if (kind.referrersApi) return // there the registry lists a statement by its subject
    const other = await registry.push("team/app", tinyImage("other"))
    await registry.copyStatements(ref, other)
    expect(await refusal(verifySigned(other, whole()))).toMatch(
      /VERIFICATION_FAILED.*got a signature copied from another image/,
    )
  })

  test("refuses a release without an attestation on one platform", async () => {
    const image = tinyImage("partial")
    const partial = await registry.push("team/partial", image)
    await signDigest(partial, signing())
    const [provenance, first] = releaseSubjects(partial, image, { only: [slsaprovenance1, vuln] })
    if (provenance && first) await attestDigests([provenance, first], signing())
    expect(await refusal(verifyReleaseAt(partial, { ...whole(), platformTypes: [vuln] }))).toMatch(
      /VERIFICATION_FAILED.*got linux\/arm64 has no vulnerability report by the signer\. Do not/,
    )
  })

  test("refuses an unexpected platform", async () => {
    const wide = await registry.push("team/wide", tinyImage("wide", ["amd64", "arm64", "s390x"]))
    await signDigest(wide, signing())
    const asked = { ...whole(), platforms: ["linux/amd64", "linux/arm64"], platformTypes: [], provenance: false }
    expect(await refusal(verifyReleaseAt(wide, asked))).toMatch(
      /VERIFICATION_FAILED.*got linux\/s390x is in the index, but not among the expected platforms\. Do not/,
    )
  })

  test("refuses a platform with another digest than the scanned one", async () => {
    const [scanned] = tinyImage("scanned").platforms
    const changed = released.platforms.map((platform, n) => (n === 0 && scanned ? scanned : platform))
    expect(await refusal(verifyReleaseAt(ref, { ...whole(), scanned: changed }))).toMatch(
      new RegExp(
        `VERIFICATION_FAILED.*got linux/amd64 is ${released.platforms[0]?.digest}, but ${scanned?.digest} was scanned\\.`,
      ),
    )
  })

  test("refuses a manifest that was tampered with", async () => {
    const access = { ...registry.access, service: await tampering(registry.port, released.index) }
    expect(await refusal(verifyReleaseAt(ref, { ...whole(), access }))).toMatch(
      new RegExp(`VERIFICATION_FAILED: expected the manifest that hashes to ${released.digest}.*tampered with`),
    )
  })
}

/** A registry that serves other bytes of the same length for one manifest. */
async function tampering(port: number, manifest: string) {
  const server = keptOpen(
    createServer(async (asked, answer) => {
      const { url = "", method = "GET" } = asked
      const accept = asked.headers.accept ?? "*/*"
      const real = await fetch(`http://127.0.0.1:${port}${url}`, { method, headers: { accept } })
      const text = await real.text()
      const headers = Object.fromEntries(real.headers)
      answer.writeHead(real.status, headers).end(text === manifest ? text.replace("arm64", "arm65") : text)
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  const { port: backend } = server.address() as AddressInfo
  return dag.host().service([{ protocol: NetworkProtocol.Tcp, backend, frontend: 5000 }], { host: "127.0.0.1" })
}
