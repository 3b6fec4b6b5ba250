import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, splitDigestRef } from "../../lib/oci/reference.ts"
import { SIGNATURE } from "../../lib/policy/admission.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import { type SignOptions, signDigest } from "../../lib/sign/signature.ts"
import type { SigstoreServices } from "../../lib/sign/signer.ts"
import { parseSigningKey } from "../../lib/sign/signer-input.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { sigstoreJs, sigstorePython, type Verifier, type VerifierCase } from "./other-verifiers.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { otherLog, startTransparencyLog, type TransparencyLog } from "./transparency-log.ts"

// What Slipway signs and attests, verified by programs that share no code with cosign: sigstore-js and sigstore-python.
// test/engine/up --with=fulcio,timestamp-server,rekor-server serves the private instance
useEngine()

const identity = "release@acme.example"
/** Signed by a key, by a certificate with a timestamp, and by one whose signature is in a log too. */
const IMAGES = ["key", "stamped", "logged"] as const
type ImageName = (typeof IMAGES)[number]
const STATEMENTS = [SIGNATURE, PREDICATE_TYPES.slsaprovenance1, PREDICATE_TYPES.spdxjson, PREDICATE_TYPES.vuln]

const module = slipway()
let registry: SignRegistry
let log: TransparencyLog
let sigstore: PrivateSigstore
let otherRoot: object
let strangersKey: string
const cases: Record<string, VerifierCase> = {}

beforeAll(async () => {
  ;[registry, log] = await Promise.all([startSignRegistry({ referrersApi: true }), startTransparencyLog()])
  const [first, second] = await Promise.all([
    startPrivateSigstore(registry.port, log.port),
    startPrivateSigstore(registry.port),
  ])
  sigstore = first
  const { cosignImage } = tools()
  const [own, strangers] = await Promise.all([1, 2].map(() => createEphemeralKey({ cosignImage, run: newRun() })))
  if (!own || !strangers) throw new Error("expected two keys")
  strangersKey = await strangers.publicKey.contents()
  otherRoot = await rootOf(second.described(otherLog()))
  const key = await own.publicKey.contents()
  await Promise.all([
    release("key", own.key, { key, proofs: { logs: 0, timestamps: 0 } }),
    releaseBy("stamped", sigstore.services, { logs: 0, timestamps: 1 }),
    releaseLogged(),
  ])
})

const tools = () => {
  const { cosignImage, craneImage } = { cosignImage: module["cosignImage"], craneImage: module["craneImage"] }
  return { cosignImage, craneImage, access: (sigstore ?? registry).access, run: newRun() }
}

type Asked = Pick<VerifierCase, "key" | "trustedRoot" | "identity" | "issuer" | "proofs">

async function releaseBy(name: ImageName, services: SigstoreServices, proofs: Asked["proofs"]): Promise<void> {
  const trustedRoot = await rootOf(services)
  await release(name, signingKey(services), { trustedRoot, identity, issuer: sigstore.issuer, proofs })
}

function signingKey(services: SigstoreServices): SignOptions["key"] {
  const identityToken = dag.setSecret(`identity-token-${randomUUID()}`, sigstore.identityToken(identity))
  return parseSigningKey({ identityToken, identity, issuer: sigstore.issuer, ...services })
}

/** Not as the log's first entry, because JSON leaves out its index of zero, which sigstore-python requires. */
async function releaseLogged(): Promise<void> {
  const first = await registry.push("team/first", tinyImage("first"))
  await signDigest(first, { ...tools(), key: signingKey(sigstore.described(log)) })
  await releaseBy("logged", sigstore.described(log), { logs: 1, timestamps: 1 })
}

/** The trusted root with all fields that sigstore-python requires; cosign's own has the same ones only if they have a value. */
async function rootOf({ trustedRoot }: SigstoreServices): Promise<object> {
  const root = JSON.parse((await trustedRoot?.contents()) ?? "")
  const named = (authorities: { subject: object }[]) =>
    authorities.map((one) => ({ ...one, subject: { ...one.subject, commonName: "test" } }))
  const { certificateAuthorities, timestampAuthorities } = root
  const authorities = {
    certificateAuthorities: named(certificateAuthorities),
    timestampAuthorities: named(timestampAuthorities),
  }
  return { ...root, ...authorities, ctlogs: [] }
}

/** Signs and attests an image as a release does, and keeps its bundles as cases. */
async function release(name: ImageName, key: SignOptions["key"], asked: Asked): Promise<void> {
  const image = tinyImage(name, ["amd64"])
  const ref = await registry.push(`team/${name}`, image)
  await signDigest(ref, { ...tools(), key })
  const subjects = releaseSubjects(ref, image, { only: STATEMENTS })
  await attestDigests(subjects, { ...tools(), key })
  await Promise.all(subjects.map((subject) => keepBundles(name, subject.ref, asked)))
}

async function keepBundles(name: ImageName, ref: DigestRef, asked: Asked): Promise<void> {
  for (const text of await registry.bundles(ref)) {
    const bundle = JSON.parse(text)
    const { predicateType } = JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, "base64").toString())
    cases[`${name} ${predicateType}`] = { bundle, predicateType, digest: splitDigestRef(ref).digest, ...asked }
  }
}

const caseOf = (name: ImageName, type: string): VerifierCase => {
  const found = cases[`${name} ${type}`]
  if (!found) throw new Error(`expected a statement ${type} about ${name}, got ${Object.keys(cases)}`)
  return found
}

/** A verification that must fail: what is changed of one that succeeds, and the verifiers' reasons. */
type Refused = { name: string; of: ImageName; change: (one: VerifierCase) => object; js: RegExp; python?: RegExp }

const REFUSED: Refused[] = [
  {
    name: "another key",
    of: "key",
    change: () => ({ key: strangersKey }),
    js: /^SIGNATURE_ERROR/,
  },
  {
    name: "another identity",
    of: "logged",
    change: () => ({ identity: `${identity}.evil` }),
    js: /^UNTRUSTED_SIGNER_ERROR: certificate identity error/,
    python: /Certificate's SANs do not match/,
  },
  {
    name: "another issuer",
    of: "logged",
    change: ({ issuer }) => ({ issuer: `${issuer}1` }),
    js: /^UNTRUSTED_SIGNER_ERROR: invalid certificate extension/,
    python: /Certificate's OIDCIssuer does not match/,
  },
  {
    name: "another instance's authorities",
    of: "logged",
    change: () => ({ trustedRoot: otherRoot }),
    js: /^CERTIFICATE_ERROR: Failed to verify certificate chain/,
    python: /^CertValidationError: failed to build timestamp certificate chain/,
  },
  {
    name: "another log",
    of: "logged",
    change: ({ trustedRoot }) => ({ trustedRoot: { ...trustedRoot, tlogs: [otherLog().entry] } }),
    js: /^TLOG_/,
    python: /invalid log entry/,
  },
  {
    name: "a required log's entry that is not there",
    of: "stamped",
    change: () => ({ proofs: { logs: 1, timestamps: 1 } }),
    js: /^TLOG_ERROR: expected 1 tlog entries, got 0/,
  },
  {
    name: "a statement about another digest",
    of: "key",
    change: () => ({ digest: `sha256:${"0a".repeat(32)}` }),
    js: /^the statement is about/,
  },
  {
    name: "an attestation that is taken for a signature",
    of: "logged",
    change: () => ({ bundle: caseOf("logged", PREDICATE_TYPES.slsaprovenance1).bundle }),
    js: /^the statement is https:\/\/slsa\.dev/,
    python: /^the statement is https:\/\/slsa\.dev/,
  },
  ...(["key", "stamped", "logged"] as const).map((of) => ({
    name: `a statement of the image signed as ${of} whose digest was altered`,
    of,
    change: ({ bundle, digest }: VerifierCase) => {
      const text = Buffer.from(bundle.dsseEnvelope.payload, "base64").toString()
      const other = `sha256:${"0a".repeat(32)}`
      const payload = Buffer.from(text.replace(digest.slice(7), other.slice(7))).toString("base64")
      return { bundle: { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload } }, digest: other }
    },
    js: /^(SIGNATURE_ERROR|TLOG_BODY_ERROR)/,
    ...(of === "logged" && { python: /^VerificationError/ }),
  })),
]

const VERIFIERS: { verifier: string; verify: Verifier; images: readonly ImageName[]; says: "js" | "python" }[] = [
  { verifier: "sigstore-js", verify: sigstoreJs, images: IMAGES, says: "js" },
  { verifier: "sigstore-python", verify: sigstorePython, images: ["logged"], says: "python" },
]

describe.each(VERIFIERS)("$verifier", ({ verify, images, says }) => {
  const refused = REFUSED.filter((one) => one[says])
  let accepted: Record<string, string>
  let refusals: Record<string, string>
  beforeAll(async () => {
    const all = images.flatMap((name) => STATEMENTS.map((type) => [name, type] as const))
    const changes = refused.map(({ of, change }) => {
      const one = caseOf(of, SIGNATURE)
      return { ...one, ...change(one) }
    })
    const verdicts = await verify([...all.map(([name, type]) => caseOf(name, type)), ...changes])
    accepted = Object.fromEntries(all.map(([name, type], at) => [`${name} ${type}`, `${verdicts[at]}`]))
    refusals = Object.fromEntries(refused.map(({ name }, at) => [name, `${verdicts[all.length + at]}`]))
  })

  test.each(images.flatMap((name) => STATEMENTS.map((type) => ({ name, type }))))(
    "accepts $type of the image signed as $name",
    ({ name, type }) => {
      expect(accepted[`${name} ${type}`]).toBe("accepted")
    },
  )

  test.each(refused)("refuses $name", ({ name, ...one }) => {
    expect(refusals[name]).toMatch(one[says] as RegExp)
  })
})
