import { expect, test } from "vitest"
import { renderAttestations, renderSignature, renderVerification } from "../../lib/sign/signature.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"

const checks = ["signature of sha256:1 by the key k"]

test.each([
  { status: "signed", first: "Signed r@sha256:1." },
  { status: "alreadySigned", first: "r@sha256:1 was signed before; nothing was added." },
])("renders the status $status", ({ status, first }) => {
  expect(renderSignature({ ref: "r@sha256:1", status, checks })).toBe(
    `${first}\n  verified: signature of sha256:1 by the key k`,
  )
})

test("renders whether each attestation is new", () => {
  const attested = [
    { ref: "r@sha256:1", type: PREDICATE_TYPES.spdxjson, status: "attested" },
    { ref: "r@sha256:2", type: "https://acme.example/x", status: "alreadyAttested" },
  ]
  expect(renderAttestations(attested).split("\n")).toEqual([
    "Attested the SPDX SBOM of r@sha256:1, and verified it.",
    "The https://acme.example/x of r@sha256:2 was attested before; nothing was added.",
  ])
})

test("renders the checks of two formats once", () => {
  const verified = { ref: "r@sha256:1", checks }
  expect(renderVerification([verified, verified]).split("\n")).toEqual([
    "r@sha256:1 is verified.",
    "  verified: signature of sha256:1 by the key k",
  ])
})
