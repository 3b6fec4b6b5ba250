import { expect, test } from "vitest"
import { SlipwayError } from "../../lib/error.ts"
import { imageVerifier, renderImageVerification, type VerificationChoice } from "../../lib/gitops/verification.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import type { Signer } from "../../lib/sign/signer.ts"

const ref = digestRef(parseRepository("ghcr.io/acme/app"), digestOf("app"))
const required: VerificationChoice = { kind: "required", signer: {} as Signer, content: { kind: "signature" } }
const unreachable = async () => {
  throw new Error("no registry is asked")
}

test.each(["noSigner", "waived"] as const)("asks no registry if the choice is %s, and says so", async (kind) => {
  const verification = await imageVerifier({ kind }, unreachable)(ref, "bump")
  expect(verification).toEqual({ status: kind })
  expect(renderImageVerification(verification)).toEqual([expect.stringMatching(/^Not verified: /)])
})

const FORMER = /If a former key or identity signed this earlier image, name it for this call: --public-key/
test.each([
  { kind: "bump" as const, code: "VERIFICATION_FAILED" as const, former: false },
  { kind: "promotion" as const, code: "VERIFICATION_FAILED" as const, former: false },
  { kind: "rollback" as const, code: "VERIFICATION_FAILED" as const, former: true },
  { kind: "rollback" as const, code: "REGISTRY_FAILED" as const, former: false },
])("a $kind that fails with $code says that git is unchanged", async ({ kind, code, former }) => {
  const verify = imageVerifier(required, async () => {
    throw new SlipwayError(code, { expected: "a signature", got: "none", fix: "Sign it." })
  })
  const refused = await verify(ref, kind).catch(String)
  expect(refused).toContain("got none. Sign it. Nothing was written to the GitOps repository.")
  expect(FORMER.test(String(refused))).toBe(former)
})

test("renders each check of a verified image", () => {
  const checks = ["signature of a by b", "linux/amd64 c: 3 attestations by the same signer"]
  expect(renderImageVerification({ status: "verified", checks })).toEqual([
    "Verified: signature of a by b",
    "Verified: linux/amd64 c: 3 attestations by the same signer",
  ])
})
