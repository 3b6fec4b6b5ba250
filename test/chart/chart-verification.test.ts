import { expect, test } from "vitest"
import { judgeChart } from "../../lib/chart/chart-verification.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"

const repository = "ghcr.io/acme/charts/web"
const digest = digestOf("chart")
const ref = digestRef(parseRepository(repository), digest)
const type = PREDICATE_TYPES.slsaprovenance1
const signature = { digest, type: "https://sigstore.dev/cosign/sign/v1" }
const attested = { signed: { statements: [signature, { digest, type }] } }
const provenance = (sha256: string, name = repository) => [{ type, predicate: {}, subjects: [{ sha256, name }] }]
const hex = digest.replace("sha256:", "")

test("accepts a chart with a provenance of it", () => {
  expect(judgeChart({ ref, ...attested, provenance: provenance(hex) }, repository)).toEqual([])
})

test.each([
  ["without provenance", { signed: { statements: [signature] }, provenance: [] }, "no SLSA provenance by the signer"],
  ["with one that cannot be read", { ...attested, provenance: [] }, "cannot be read"],
  ["with one of another chart", { ...attested, provenance: provenance("0a".repeat(32)) }, "about another image"],
  ["with one for another repository", { ...attested, provenance: provenance(hex, "ghcr.io/x/y") }, "for ghcr.io/x/y"],
])("refuses a chart %s", (_, evidence, reason) => {
  expect(judgeChart({ ref, ...evidence }, repository).join("; ")).toContain(reason)
})
