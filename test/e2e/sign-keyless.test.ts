import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { type AddressInfo, createServer } from "node:net"
import { dag, NetworkProtocol } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { newRun, TOOL_SECONDS } from "../../lib/engine/tool.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { verifySigner } from "../../lib/policy/admission.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { OTHER_SIGNERS } from "./other-signers.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const identity = "release@acme.example"
const image = tinyImage("keyless", ["amd64"])
const module = slipway()
let registry: SignRegistry
let sigstore: PrivateSigstore
let ref: DigestRef
let silent: ReturnType<typeof signBySilence>

beforeAll(async () => {
  registry = await startSignRegistry({ referrersApi: true })
  sigstore = await startPrivateSigstore(registry.port)
  ref = await registry.push("team/app", image)
  silent = signBySilence() // runs during the other tests: it takes as long as cosign waits
})

/** Signs with a certificate authority that accepts connections and never responds. */
async function signBySilence(): Promise<{ refused: string; seconds: number }> {
  const waiting = await registry.push("team/silent", tinyImage("silent"))
  const authority = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1")
  authority.unref()
  await once(authority, "listening")
  const ports = [
    { protocol: NetworkProtocol.Tcp, backend: registry.port, frontend: 5000 },
    { protocol: NetworkProtocol.Tcp, backend: (authority.address() as AddressInfo).port, frontend: 5555 },
  ]
  const access = { service: dag.host().service(ports, { host: "127.0.0.1" }), plainHttp: true }
  const began = Date.now()
  const refused = await refusal(signDigest(waiting, { ...signing(), access }))
  expect(await registry.statements(waiting)).toEqual([])
  return { refused, seconds: (Date.now() - began) / 1000 }
}

const tools = () => {
  return {
    cosignImage: module["cosignImage"],
    craneImage: module["craneImage"],
    access: sigstore.access,
    run: newRun(),
  }
}
const signing = (email = identity) => {
  const identityToken = dag.setSecret(`identity-token-${randomUUID()}`, sigstore.identityToken(email))
  const { issuer, services } = sigstore
  return { ...tools(), key: parseSigningKey({ identityToken, identity, issuer, ...services }) }
}
const accepting = (names: object = {}) => {
  const { issuer, services } = sigstore
  return { ...tools(), signer: parseSigner({ identity, issuer, trustedRoot: services.trustedRoot, ...names }) }
}
const refusal = (verifying: Promise<unknown>) => verifying.then(() => "accepted", String)

test("refuses a token of another identity", async () => {
  const stranger = await registry.push("team/stranger", tinyImage("stranger"))
  expect(await refusal(signDigest(stranger, signing("stranger@evil.example")))).toMatch(
    /VERIFICATION_FAILED: expected a signature of .* by release@acme\.example with issuer http:\/\/issuer\.test:8080, got a signature by another identity/,
  )
})

test("signs once with an identity's short-lived certificate and a timestamp", async () => {
  const signed = await signDigest(ref, signing())
  expect(signed.status).toBe("signed")
  expect(signed.checks).toEqual([
    `signature of ${image.digest} by release@acme.example with issuer http://issuer.test:8080`,
  ])
  expect((await signDigest(ref, signing())).status).toBe("alreadySigned")
  expect(await registry.statements(ref)).toHaveLength(1)
})

test("reports SIGNING_FAILED if a service is down, and the next run signs the same digest", async () => {
  const waiting = await registry.push("team/waiting", tinyImage("waiting"))
  const { key, ...rest } = signing()
  const services = { ...sigstore.services, fulcioUrl: "http://registry.test:5556" }
  expect(await refusal(signDigest(waiting, { ...rest, key: { ...key, services } as typeof key }))).toMatch(
    /SIGNING_FAILED: .*got no response from the server .*5556.*run again; the run continues with the same digest/,
  )
  expect(await registry.statements(waiting)).toEqual([])
  expect(await signDigest(waiting, signing())).toMatchObject({ ref: waiting, status: "signed" })
})

test("attests a release with an identity, and verifies it without a log", async () => {
  await attestDigests(releaseSubjects(ref, image, { only: [PREDICATE_TYPES.vuln] }), signing())
  const wanted = { platforms: ["linux/amd64"], platformTypes: [PREDICATE_TYPES.vuln], provenance: true }
  const { checks } = await verifyReleaseAt(ref, { ...accepting(), ...wanted })
  expect(checks).toHaveLength(3)
})

test.each(OTHER_SIGNERS)("refuses $name", async ({ names, says }) => {
  const refused = await refusal(verifySigned(ref, { ...accepting(names), craneImage: undefined }))
  expect(refused).toMatch(/VERIFICATION_FAILED: expected a signature of /)
  expect(refused).toMatch(says)
})

test("refuses the signature by another instance's trusted root", async () => {
  const other = await startPrivateSigstore(registry.port)
  const stranger = accepting({ trustedRoot: other.services.trustedRoot })
  expect(await refusal(verifySigned(ref, { ...stranger, craneImage: undefined }))).toMatch(
    /VERIFICATION_FAILED.*got a certificate of another authority/,
  )
})

test("writes a policy for exactly this identity", async () => {
  const { signer, formats } = await verifySigner(ref, accepting())
  expect(signer).toMatchObject({ kind: "identity", identity: { value: identity }, issuer: { value: sigstore.issuer } })
  expect(formats).toEqual({ bundle: true, legacy: false })
})

test("reports a service that never responds, with its address", async () => {
  const { refused, seconds } = await silent
  expect(refused).toMatch(
    /SIGNING_FAILED: .*got no response from the server .*:5555.*run again; the run continues with the same digest/,
  )
  expect(seconds).toBeLessThan(TOOL_SECONDS)
})
