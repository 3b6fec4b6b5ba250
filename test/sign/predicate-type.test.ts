import { expect, test } from "vitest"
import { PREDICATE_TYPES, parsePredicateType, predicateLabel } from "../../lib/sign/predicate-type.ts"

test.each(Object.entries(PREDICATE_TYPES))("%s stands for %s, and has a name for people", (name, uri) => {
  expect(parsePredicateType(name)).toBe(uri)
  expect(predicateLabel(uri)).not.toBe(uri)
})

test("a URI of one's own stands for itself", () => {
  expect(parsePredicateType("https://acme.example/review/v1")).toBe("https://acme.example/review/v1")
  expect(predicateLabel("https://acme.example/review/v1")).toBe("https://acme.example/review/v1")
})

test.each(["", "sbom", "toString", "ftp://acme.example/a", "https://acme.example/a b"])("%j is refused", (text) => {
  expect(() => parsePredicateType(text)).toThrow(
    "OPTIONS_INVALID: expected a predicate type: slsaprovenance1, spdxjson",
  )
})
