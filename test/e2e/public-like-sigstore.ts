import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import type { Digest } from "../../lib/oci/reference.ts"
import { bits, element, integer, objectId, octets, sequence, truth, utcTime, utf8 } from "./der.ts"
import type { Bundle } from "./sign-registry.ts"

/**
 * A Sigstore instance with the proofs of the public one: a certificate with a signed certificate timestamp, and an entry of
 * Rekor v1 with its promise and its inclusion proof. It needs no servers.
 */
export type PublicLikeSigstore = {
  trustedRoot: string
  /** A bundle as cosign writes it: a statement about the digest, by a certificate for this email address. */
  bundle: (digest: Digest, statement: { email: string; predicateType: string }) => Bundle
}

export const PUBLIC_ISSUER = "https://issuer.acme.example"
const LOG = "rekor.public.example"
/** Rekor v1 also has a tree ID, by which it is recognised. */
const TREE = "1193050959916656506"
const ECDSA_SHA256 = sequence(objectId("1.2.840.10045.4.3.2"))
const PAYLOAD_TYPE = "application/vnd.in-toto+json"

type Key = { privateKey: KeyObject; spki: Buffer; id: Buffer }

export function startPublicLikeSigstore(): PublicLikeSigstore {
  const [authority, log, certificateLog] = [newKey(), newKey(), newKey()]
  const root = authorityCertificate(authority)
  return {
    trustedRoot: trustedRoot({ root, log, certificateLog }),
    bundle: (digest, { email, predicateType }) => {
      const leaf = newKey()
      const certificate = leafCertificate({ leaf, authority, certificateLog, email })
      const statement = { _type: "https://in-toto.io/Statement/v1", predicateType, predicate: {} }
      const subject = [{ name: "", digest: { sha256: digest.replace("sha256:", "") } }]
      const payload = Buffer.from(JSON.stringify({ ...statement, subject }))
      // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
      const pae = Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} ${payload}`)
      const envelope = {
        payload: base64(payload),
        payloadType: PAYLOAD_TYPE,
        signatures: [{ sig: base64(sign("sha256", pae, leaf.privateKey)) }],
      }
      return { predicateType, content: bundleOf({ certificate, envelope, payload, log }) }
    },
  }
}

function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" })
  const spki = publicKey.export({ type: "spki", format: "der" })
  return { privateKey, spki, id: sha256(spki) }
}

const sha256 = (...content: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(content)).digest()
const base64 = (content: Uint8Array): string => Buffer.from(content).toString("base64")

// https://www.rfc-editor.org/rfc/rfc5280#section-4.1
type Certificate = { subject: Buffer; key: Key; days: number; extensions: Buffer[]; serial: Buffer }
const NAME = sequence(element(0x31, sequence(objectId("2.5.4.10"), utf8("public.example"))))
const extension = (id: string, content: Uint8Array, critical = false) =>
  sequence(objectId(id), ...(critical ? [truth] : []), octets(content))

function toBeSigned({ subject, key, days, extensions, serial }: Certificate): Buffer {
  const begin = new Date(Math.floor(Date.now() / 1000 - 60) * 1000)
  const end = new Date(begin.getTime() + days * 86_400_000)
  return sequence(
    ...[element(0xa0, integer(Buffer.from([2]))), integer(serial), ECDSA_SHA256, NAME],
    ...[sequence(utcTime(begin), utcTime(end)), subject, key.spki, element(0xa3, sequence(...extensions))],
  )
}

function signed(tbs: Buffer, { privateKey }: Key): Buffer {
  return sequence(tbs, ECDSA_SHA256, bits(sign("sha256", tbs, privateKey)))
}

const newSerial = () => Buffer.concat([Buffer.from([1]), randomBytes(15)])

function authorityCertificate(key: Key): Buffer {
  const extensions = [
    extension("2.5.29.19", sequence(truth), true),
    extension("2.5.29.15", bits(Buffer.from([0x06]), 1), true),
    extension("2.5.29.14", octets(key.id.subarray(0, 20))),
  ]
  return signed(toBeSigned({ subject: NAME, key, days: 365, extensions, serial: newSerial() }), key)
}

type Leaf = { leaf: Key; authority: Key; certificateLog: Key; email: string }

/** A certificate of Fulcio: https://github.com/sigstore/fulcio/blob/main/docs/certificate-specification.md */
function leafCertificate({ leaf, authority, certificateLog, email }: Leaf): Buffer {
  const extensions = [
    extension("2.5.29.15", bits(Buffer.from([0x80]), 7), true),
    extension("2.5.29.37", sequence(objectId("1.3.6.1.5.5.7.3.3"))),
    extension("2.5.29.35", sequence(element(0x80, authority.id.subarray(0, 20)))),
    extension("2.5.29.17", sequence(element(0x81, Buffer.from(email))), true),
    extension("1.3.6.1.4.1.57264.1.1", Buffer.from(PUBLIC_ISSUER)),
    extension("1.3.6.1.4.1.57264.1.8", utf8(PUBLIC_ISSUER)),
  ]
  const certificate = { subject: sequence(), key: leaf, days: 1, extensions, serial: newSerial() }
  const promise = promiseOfLog(toBeSigned(certificate), { authority, certificateLog })
  const all = [...extensions, extension("1.3.6.1.4.1.11129.2.4.2", octets(promise))]
  return signed(toBeSigned({ ...certificate, extensions: all }), authority)
}

/** A list of one signed certificate timestamp: https://www.rfc-editor.org/rfc/rfc6962#section-3.2 */
function promiseOfLog(tbs: Buffer, { authority, certificateLog }: Pick<Leaf, "authority" | "certificateLog">): Buffer {
  const moment = bytes(Date.now(), 8)
  const [version, certificateTimestamp, precertificate, noExtensions] = [
    bytes(0, 1),
    bytes(0, 1),
    bytes(1, 2),
    bytes(0, 2),
  ]
  const entry = [precertificate, authority.id, bytes(tbs.length, 3), tbs, noExtensions]
  const promised = Buffer.concat([version, certificateTimestamp, moment, ...entry])
  const signature = sign("sha256", promised, certificateLog.privateKey)
  const [sha256WithEcdsa, size] = [Buffer.from([4, 3]), bytes(signature.length, 2)]
  const timestamp = Buffer.concat([version, certificateLog.id, moment, noExtensions, sha256WithEcdsa, size, signature])
  return Buffer.concat([bytes(timestamp.length + 2, 2), bytes(timestamp.length, 2), timestamp])
}

function bytes(number: number, size: number): Buffer {
  return Buffer.from(number.toString(16).padStart(size * 2, "0"), "hex")
}

type Envelope = { payload: string; payloadType: string; signatures: { sig: string }[] }
type Proven = { certificate: Buffer; envelope: Envelope; payload: Buffer; log: Key }

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto
function bundleOf({ certificate, envelope, payload, log }: Proven): string {
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
    verificationMaterial: {
      certificate: { rawBytes: base64(certificate) },
      tlogEntries: [logEntry({ certificate, envelope, payload, log })],
    },
    dsseEnvelope: envelope,
  })
}

/** The second of a log's two entries: https://github.com/sigstore/rekor/blob/main/pkg/types/dsse/v0.0.1/dsse_v0_0_1_schema.json */
function logEntry({ certificate, envelope, payload, log }: Proven): object {
  const hash = (content: Uint8Array) => ({ algorithm: "sha256", value: sha256(content).toString("hex") })
  const pem = `-----BEGIN CERTIFICATE-----\n${base64(certificate)
    .replace(/(.{64})/g, "$1\n")
    .trimEnd()}\n-----END CERTIFICATE-----\n`
  const signatures = envelope.signatures.map(({ sig }) => ({ signature: sig, verifier: base64(Buffer.from(pem)) }))
  const spec = { envelopeHash: hash(Buffer.from(JSON.stringify(envelope))), payloadHash: hash(payload), signatures }
  const body = Buffer.from(JSON.stringify({ apiVersion: "0.0.1", kind: "dsse", spec }))
  const integratedTime = Math.floor(Date.now() / 1000)
  const promised = { body: base64(body), integratedTime, logID: log.id.toString("hex"), logIndex: 1 }
  return {
    logIndex: "1",
    logId: { keyId: base64(log.id) },
    kindVersion: { kind: "dsse", version: "0.0.1" },
    integratedTime: String(integratedTime),
    inclusionPromise: {
      signedEntryTimestamp: base64(sign("sha256", Buffer.from(JSON.stringify(promised)), log.privateKey)),
    },
    inclusionProof: inclusionProof(body, log),
    canonicalizedBody: base64(body),
  }
}

// https://www.rfc-editor.org/rfc/rfc6962#section-2.1, https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md
function inclusionProof(body: Buffer, log: Key): object {
  const [leaf, node] = [Buffer.from([0]), Buffer.from([1])]
  const other = sha256(leaf, Buffer.from("the first entry"))
  const rootHash = base64(sha256(node, other, sha256(leaf, body)))
  const note = `${LOG} - ${TREE}\n2\n${rootHash}\n`
  const signature = Buffer.concat([log.id.subarray(0, 4), sign("sha256", Buffer.from(note), log.privateKey)])
  const envelope = `${note}\n— ${LOG} ${base64(signature)}\n`
  return { logIndex: "1", rootHash, treeSize: "2", hashes: [base64(other)], checkpoint: { envelope } }
}

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
function trustedRoot({ root, log, certificateLog }: { root: Buffer; log: Key; certificateLog: Key }): string {
  const validFor = { start: "2020-01-01T00:00:00Z" }
  const instance = (baseUrl: string, { spki, id }: Key) => ({
    baseUrl,
    hashAlgorithm: "SHA2_256",
    publicKey: { rawBytes: base64(spki), keyDetails: "PKIX_ECDSA_P256_SHA_256", validFor },
    logId: { keyId: base64(id) },
  })
  const chain = { certificates: [{ rawBytes: base64(root) }] }
  const subject = { organization: "public.example", commonName: "fulcio" }
  return JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: [{ subject, uri: "https://fulcio.public.example", certChain: chain, validFor }],
    tlogs: [instance(`https://${LOG}`, log)],
    ctlogs: [instance("https://ct.public.example", certificateLog)],
  })
}
