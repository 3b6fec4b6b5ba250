import { expect, test } from "vitest"
import { clusterImagePolicy } from "../../src/policy/cluster-image-policy.ts"
import { ADMISSIONS } from "./admissions.ts"

type Policy = { spec: { images: { glob: string }[]; authorities: object[] } }
const policyFor = (name: string, repository = "ghcr.io/acme/app") => {
  const admission = ADMISSIONS[name]
  return (admission && clusterImagePolicy({ ...admission, repository })) as Policy
}

test("a bundle is a signature only by its predicate type", () => {
  expect(policyFor("an identity and a bundle").spec.authorities).toEqual([
    expect.objectContaining({
      signatureFormat: "bundle",
      attestations: [{ name: "signature", predicateType: "https://sigstore.dev/cosign/sign/v1" }],
    }),
  ])
})

test.each(["a key and a bundle", "a key and both forms"])("%s: the older form is asked for", (name) => {
  const [authority] = policyFor(name).spec.authorities
  expect(authority).toEqual({
    name: "signer",
    key: { data: expect.stringContaining("BEGIN PUBLIC KEY"), hashAlgorithm: "sha256" },
  })
})

test.each([
  { repository: "ghcr.io/acme/app", globs: ["ghcr.io/acme/app:**", "ghcr.io/acme/app@**"] },
  { repository: "docker.io/acme/app", globs: ["index.docker.io/acme/app:**", "index.docker.io/acme/app@**"] },
])("$repository has there the full name $globs", ({ repository, globs }) => {
  expect(policyFor("a key and a bundle", repository).spec.images.map(({ glob }) => glob)).toEqual(globs)
})
