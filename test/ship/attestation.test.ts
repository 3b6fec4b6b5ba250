import { expect, test } from "vitest"
import { imageTypes } from "../../lib/ship/attestation.ts"
import { PREDICATE_TYPES } from "../../lib/sign/predicate-type.ts"
import { Scanner } from "../../src/enums.ts"

const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES

test.each([
  { scanner: Scanner.TRIVY, types: [spdxjson, cyclonedx, vuln] },
  { scanner: Scanner.GRYPE, types: [cyclonedx, vuln] },
])("an image that $scanner scanned has the attestations that $scanner writes", ({ scanner, types }) => {
  expect(imageTypes(scanner)).toEqual(types)
})
