import { expect, test } from "vitest"
import { clusterPolicy, readsBundle } from "../../lib/policy/cluster-policy.ts"
import { admissionOf, NOW } from "./admissions.ts"

type Entry = { keys?: object; keyless?: Record<string, unknown> }
type Rule = {
  verifyImages: { attestations?: { attestors: { entries: Entry[] }[] }[]; attestors?: { entries: Entry[] }[] }[]
}
const verifyImages = (name: string) => {
  const { spec } = clusterPolicy(admissionOf(name), NOW) as { spec: { rules: Rule[] } }
  return spec.rules[0]?.verifyImages ?? []
}
const entryOf = (name: string) => {
  const [verify] = verifyImages(name)
  return (verify?.attestors ?? verify?.attestations?.[0]?.attestors)?.[0]?.entries[0]
}

test.each([
  { name: "a key and a bundle", reads: true, type: "SigstoreBundle" },
  { name: "a key and both forms", reads: false, type: "Cosign" },
  { name: "a key and the older form", reads: false, type: "Cosign" },
  { name: "an identity and a bundle", reads: true, type: "SigstoreBundle" },
  { name: "an identity and the older form", reads: false, type: "Cosign" },
  { name: "a private instance with timestamps", reads: true, type: "SigstoreBundle" },
])("for $name it verifies $type", ({ name, reads, type }) => {
  expect(readsBundle(admissionOf(name))).toBe(reads)
  expect(verifyImages(name)).toEqual([
    expect.objectContaining({
      type,
      failureAction: "Enforce",
      imageReferences: expect.arrayContaining(["ghcr.io/acme/app@*"]),
    }),
  ])
  const attestors = [expect.objectContaining({ count: 1 })]
  expect(verifyImages(name)[0]).toMatchObject(
    reads ? { attestations: [{ type: "https://sigstore.dev/cosign/sign/v1", attestors }] } : { attestors },
  )
})

test("a key is asked for without the public log, in either form", () => {
  const keys = { publicKeys: expect.any(String), rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } }
  expect(entryOf("a key and a bundle")).toEqual({ keys })
  expect(entryOf("a key and both forms")).toEqual({ keys })
})

const NO_LOG = { url: "https://rekor.sigstore.dev", ignoreTlog: true }
const pem = (label: string, content: string) =>
  `-----BEGIN ${label}-----\n${Buffer.from(content).toString("base64")}\n-----END ${label}-----\n`
const chain = (name: string) => pem("CERTIFICATE", `${name} leaf`) + pem("CERTIFICATE", `${name} root`)

test.each([
  { name: "an identity and the older form", proof: { rekor: { url: "https://rekor.sigstore.dev" } } },
  { name: "a private instance with timestamps", proof: { rekor: NO_LOG } },
  {
    name: "a private instance and the older form",
    proof: {
      roots: chain("fulcio"),
      rekor: NO_LOG,
      ctlog: { ignoreSCT: true, tsaCertChain: chain("tsa") },
    },
  },
  {
    name: "a private instance with both logs and the older form",
    proof: {
      roots: chain("fulcio"),
      rekor: { url: "https://rekor.acme.example", pubkey: pem("PUBLIC KEY", "rekor key") },
      ctlog: { pubkey: pem("PUBLIC KEY", "ct key") },
    },
  },
])("$name: the proof that the instance can give is asked for", ({ name, proof }) => {
  const { subject, issuer, ...rest } = entryOf(name)?.keyless ?? {}
  expect({ subject, issuer }).toEqual({ subject: "release@acme.example", issuer: "https://id.acme.example" })
  expect(rest).toEqual(proof)
})
