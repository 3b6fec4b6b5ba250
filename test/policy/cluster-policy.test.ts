import { expect, test } from "vitest"
import { clusterPolicy, readsBundles } from "../../src/policy/cluster-policy.ts"
import { ADMISSIONS } from "./admissions.ts"

const CASES = [
  { name: "a key and a bundle", reads: false, type: "Cosign" },
  { name: "a key and both forms", reads: false, type: "Cosign" },
  { name: "an identity and a bundle", reads: true, type: "SigstoreBundle" },
  { name: "an identity and the older form", reads: false, type: "Cosign" },
]

test.each(CASES)("for $name it verifies $type", ({ name, reads, type }) => {
  const admission = ADMISSIONS[name]
  if (!admission) throw new Error(name)
  expect(readsBundles(admission)).toBe(reads)
  const [rule] = (clusterPolicy(admission) as { spec: { rules: { verifyImages: object[] }[] } }).spec.rules
  expect(rule?.verifyImages).toEqual([
    expect.objectContaining({
      type,
      failureAction: "Enforce",
      imageReferences: expect.arrayContaining(["ghcr.io/acme/app@*"]),
    }),
  ])
  const attestors = [expect.objectContaining({ count: 1 })]
  expect(rule?.verifyImages[0]).toMatchObject(
    reads ? { attestations: [{ type: "https://sigstore.dev/cosign/sign/v1", attestors }] } : { attestors },
  )
})
