import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { policyFiles } from "../../src/policy/policy-files.ts"
import { complaints, readCrdSchema } from "../crd.ts"
import { ADMISSIONS } from "./admissions.ts"

const KINDS = {
  "image-validating-policy": "kyverno/image-validating-policy.yaml",
  "cluster-policy": "kyverno/cluster-policy.yaml",
  "cluster-image-policy": "policy-controller/cluster-image-policy.yaml",
}

describe.each(Object.entries(KINDS))("%s", (schema, path) => {
  test.each(Object.entries(ADMISSIONS))("is what its CRD takes, for %s", (_, admission) => {
    const text = policyFiles(admission)[path] ?? ""
    expect(complaints(parse(text), readCrdSchema(`policy/${schema}`))).toEqual([])
  })
})

test.each([
  { name: "an unknown field", change: { spec: { attestorz: [] } }, says: "$.spec.attestorz is unknown" },
  { name: "another kind", change: { kind: "Pod" }, says: '$.kind: "Pod" is none of ImageValidatingPolicy' },
  { name: "text for a list", change: { spec: { validations: "a" } }, says: "$.spec.validations: string for array" },
  { name: "a required field left out", change: { spec: {} }, says: "$.spec.attestors is missing" },
])("the check itself notices $name", ({ change, says }) => {
  const [admission] = Object.values(ADMISSIONS)
  const policy = parse((admission && policyFiles(admission)["kyverno/image-validating-policy.yaml"]) ?? "")
  expect(complaints({ ...policy, ...change }, readCrdSchema("policy/image-validating-policy"))).toContain(says)
})

const NOT_READABLE = "sign with --format=both first"
test.each([
  { name: "a key and a bundle", told: true },
  { name: "a key and both forms", told: false },
  { name: "an identity and a bundle", told: false },
  { name: "an identity and the older form", told: false },
])("says so where an engine cannot read the signature, for $name: $told", ({ name, told }) => {
  const files = admitted(name)
  expect(files["kyverno/cluster-policy.yaml"]?.includes(NOT_READABLE)).toBe(told)
  expect(files["policy-controller/cluster-image-policy.yaml"]?.includes(NOT_READABLE)).toBe(told)
  expect(files["kyverno/image-validating-policy.yaml"]).not.toContain(NOT_READABLE)
})

test("each file begins with whom it admits", () => {
  const { "kyverno/cluster-policy.yaml": byName = "" } = admitted("an identity and a bundle")
  expect(byName.split("\n")[0]).toBe(
    "# Images of ghcr.io/acme/app run only if they are signed by https://github.com/acme/app/.github/workflows/" +
      "release.yml@refs/heads/main, for whom https://token.actions.githubusercontent.com vouches.",
  )
  const { "conftest/images.rego": manifests = "" } = admitted("a key and a bundle")
  expect(manifests).toMatch(/^# Manifests may name only images of ghcr\.io\/acme\/app, by digest.*\npackage main\n/)
})

function admitted(name: string): Record<string, string> {
  const admission = ADMISSIONS[name]
  if (!admission) throw new Error(`no admission is named ${name}`)
  return policyFiles(admission)
}
