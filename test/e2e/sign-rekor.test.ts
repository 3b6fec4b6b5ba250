import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import type { SigstoreServices } from "../../lib/sign/signer.ts"
import { parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { OTHER_SIGNERS } from "./other-signers.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { otherLog, startTransparencyLog, type TransparencyLog } from "./transparency-log.ts"

// keyless signing with a real Fulcio, timestamp authority and Rekor, from a signing config
useEngine()

const identity = "release@acme.example"
const image = tinyImage("logged", ["amd64"])
const module = slipway()
let registry: SignRegistry
let log: TransparencyLog
let sigstore: PrivateSigstore
let ref: DigestRef

beforeAll(async () => {
  ;[registry, log] = await Promise.all([startSignRegistry({ referrersApi: false }), startTransparencyLog()])
  sigstore = await startPrivateSigstore(registry.port, log.port)
  ref = await registry.push("team/app", image)
})

const tools = () => {
  const { cosignImage, craneImage } = { cosignImage: module["cosignImage"], craneImage: module["craneImage"] }
  return { cosignImage, craneImage, access: sigstore.access, run: newRun() }
}
const signing = (services: SigstoreServices = sigstore.described(log)) => {
  const identityToken = dag.setSecret(`identity-token-${randomUUID()}`, sigstore.identityToken(identity))
  return { ...tools(), key: parseSigningKey({ identityToken, identity, issuer: sigstore.issuer, ...services }) }
}
const accepting = (names: object = {}) => {
  const { trustedRoot } = sigstore.described(log)
  return { ...tools(), signer: parseSigner({ identity, issuer: sigstore.issuer, trustedRoot, ...names }) }
}
const refusal = (verifying: Promise<unknown>) => verifying.then(() => "accepted", String)
const entriesOf = async (of: DigestRef) => (await registry.bundles(of)).map(logEntry)

test("signs once with an identity, and the signature contains its log entry", async () => {
  expect((await signDigest(ref, signing())).status).toBe("signed")
  expect((await signDigest(ref, signing())).status).toBe("alreadySigned")
  const [entry, ...more] = await entriesOf(ref)
  expect(more).toEqual([])
  expect(entry).toMatchObject({ logId: { keyId: log.keyId }, kindVersion: { kind: "hashedrekord", version: "0.0.2" } })
})

test("attests a release with an identity, and verifies it, with a log entry per statement", async () => {
  await attestDigests(releaseSubjects(ref, image, { only: [PREDICATE_TYPES.vuln] }), signing())
  const wanted = { platforms: ["linux/amd64"], platformTypes: [PREDICATE_TYPES.vuln], provenance: true }
  const { checks } = await verifyReleaseAt(ref, { ...accepting(), ...wanted })
  expect(checks).toHaveLength(3)
  const entries = await entriesOf(ref)
  expect(new Set(entries.map((entry) => entry?.logIndex)).size).toBe(2)
})

test.each(OTHER_SIGNERS)("refuses $name", async ({ names, says }) => {
  const refused = await refusal(verifySigned(ref, { ...accepting(names), craneImage: undefined }))
  expect(refused).toMatch(/VERIFICATION_FAILED: expected a signature of /)
  expect(refused).toMatch(says)
})

test("refuses the signature by another log's trusted root", async () => {
  const { trustedRoot } = sigstore.described(otherLog())
  const stranger = accepting({ trustedRoot })
  expect(await refusal(verifySigned(ref, { ...stranger, craneImage: undefined }))).toMatch(
    /VERIFICATION_FAILED.*got a signature without an entry in the trusted log \(/,
  )
})

test("refuses a signature without a log entry if the instance has a log", async () => {
  const hidden = await registry.push("team/hidden", tinyImage("hidden"))
  await signDigest(hidden, signing(sigstore.services))
  expect(await refusal(verifySigned(hidden, { ...accepting(), craneImage: undefined }))).toMatch(
    /VERIFICATION_FAILED.*got a signature without an entry in the trusted log \(/,
  )
})

describe("a log that already has the entry", () => {
  test("does not fail the signature: it is made once, with another entry", async () => {
    const again = await registry.push("team/again", tinyImage("again"))
    log.repeat(1)
    expect((await signDigest(again, signing())).status).toBe("signed")
    expect(await entriesOf(again)).toHaveLength(1)
  })

  test("does not fail an attestation", async () => {
    const again = await registry.push("team/attested-again", tinyImage("attested again"))
    const [subject] = releaseSubjects(again, image)
    log.repeat(1)
    expect(await attestDigests(subject ? [subject] : [], signing())).toMatchObject([{ status: "attested" }])
    expect(await entriesOf(again)).toHaveLength(1)
  })

  test("fails the signature if it refuses every entry, and the registry stays unchanged", async () => {
    const never = await registry.push("team/never", tinyImage("never"))
    log.repeat(2)
    expect(await refusal(signDigest(never, signing()))).toMatch(
      /SIGNING_FAILED: .*unexpected response: 409.*run again; the run continues with the same digest/,
    )
    expect(await registry.statements(never)).toEqual([])
    expect((await signDigest(never, signing())).status).toBe("signed")
  })
})

type Entry = { logIndex: string; logId: { keyId: string }; kindVersion: { kind: string; version: string } }

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
function logEntry(bundle: string): Entry | undefined {
  const { verificationMaterial } = JSON.parse(bundle) as { verificationMaterial: { tlogEntries?: Entry[] } }
  return verificationMaterial.tlogEntries?.[0]
}
