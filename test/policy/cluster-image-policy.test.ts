import { expect, test } from "vitest"
import { clusterImagePolicy, controllerReadsBundle } from "../../lib/policy/cluster-image-policy.ts"
import { admissionOf } from "./admissions.ts"

type Policy = { spec: { images: { glob: string }[]; authorities: Record<string, unknown>[] } }
const policyFor = (name: string, repository = "ghcr.io/acme/app") =>
  clusterImagePolicy({ ...admissionOf(name), repository }) as Policy
const authorityFor = (name: string) => policyFor(name).spec.authorities[0]

test("a bundle is a signature only by its predicate type", () => {
  expect(policyFor("an identity and a bundle").spec.authorities).toEqual([
    expect.objectContaining({
      signatureFormat: "bundle",
      attestations: [{ name: "signature", predicateType: "https://sigstore.dev/cosign/sign/v1" }],
    }),
  ])
})

test.each(["a key and a bundle", "a key and both forms", "a key and the older form"])(
  "%s: the older form is asked for",
  (name) => {
    expect(controllerReadsBundle(admissionOf(name))).toBe(false)
    expect(authorityFor(name)).toEqual({
      name: "signer",
      key: { data: expect.stringContaining("BEGIN PUBLIC KEY"), hashAlgorithm: "sha256" },
    })
  },
)

const NAME = "signed-ghcr-io-acme-app"
const identities = [{ subject: "release@acme.example", issuer: "https://id.acme.example" }]
const noSct = { insecureIgnoreSCT: true }

test.each([
  {
    name: "an identity and the older form",
    authority: {
      keyless: { url: "https://fulcio.sigstore.dev", identities },
      ctlog: { url: "https://rekor.sigstore.dev" },
    },
  },
  {
    name: "an identity with a timestamp alone",
    authority: { keyless: { url: "https://fulcio.sigstore.dev", identities }, rfc3161timestamp: {} },
  },
  {
    name: "a private instance with timestamps",
    authority: {
      keyless: { trustRootRef: NAME, identities, ...noSct },
      rfc3161timestamp: { trustRootRef: NAME },
    },
  },
  {
    name: "a private instance with a log",
    authority: { keyless: { trustRootRef: NAME, identities, ...noSct }, ctlog: { trustRootRef: NAME } },
  },
  {
    name: "a private instance with both logs",
    authority: { keyless: { trustRootRef: NAME, identities }, ctlog: { trustRootRef: NAME } },
  },
  {
    name: "a private instance with timestamps and a log",
    authority: {
      keyless: { trustRootRef: NAME, identities, ...noSct },
      rfc3161timestamp: { trustRootRef: NAME },
      ctlog: { trustRootRef: NAME },
    },
  },
  {
    name: "a private instance and the older form",
    authority: {
      keyless: { trustRootRef: NAME, identities, ...noSct },
      rfc3161timestamp: { trustRootRef: NAME },
    },
  },
])("$name: only the instance that signed is asked, and only for what it has", ({ name, authority }) => {
  const { name: _, signatureFormat, attestations, ...rest } = authorityFor(name) ?? {}
  expect(rest).toEqual(authority)
  expect(signatureFormat).toBe(name.includes("older form") ? undefined : "bundle")
  expect(attestations === undefined).toBe(signatureFormat === undefined)
})

test.each([
  { repository: "ghcr.io/acme/app", globs: ["ghcr.io/acme/app:**", "ghcr.io/acme/app@**"] },
  { repository: "docker.io/acme/app", globs: ["index.docker.io/acme/app:**", "index.docker.io/acme/app@**"] },
])("$repository has there the full name $globs", ({ repository, globs }) => {
  expect(policyFor("a key and a bundle", repository).spec.images.map(({ glob }) => glob)).toEqual(globs)
})
