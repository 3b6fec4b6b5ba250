import { expect, test } from "vitest"
import { identityFields } from "../../lib/policy/admission.ts"

test.each([
  { identity: "exact", issuer: "exact", fields: { subject: "who", issuer: "where" } },
  { identity: "pattern", issuer: "exact", fields: { subjectRegExp: "who", issuer: "where" } },
  { identity: "exact", issuer: "pattern", fields: { subject: "who", issuerRegExp: "where" } },
] as const)("an identity is $identity, its issuer $issuer", ({ identity, issuer, fields }) => {
  const names = { identity: { kind: identity, value: "who" }, issuer: { kind: issuer, value: "where" } }
  expect(identityFields(names)).toEqual(fields)
})
