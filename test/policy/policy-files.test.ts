import { describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import type { Admission } from "../../lib/policy/admission.ts"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { complaints, readCrdSchema } from "../crd.ts"
import { ADMISSIONS, admissionOf, NOW } from "./admissions.ts"

const KINDS = {
  "image-validating-policy": "kyverno/image-validating-policy.yaml",
  "cluster-policy": "kyverno/cluster-policy.yaml",
  "cluster-image-policy": "policy-controller/cluster-image-policy.yaml",
}

const objectsIn = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as object)
const filesFor = (admission: Admission) => policyFiles(admission, NOW)

describe.each(Object.entries(KINDS))("%s", (schema, path) => {
  test.each(Object.entries(ADMISSIONS))("is what its CRD takes, for %s", (_, admission) => {
    const objects = objectsIn(filesFor(admission)[path] ?? "")
    expect(objects).toHaveLength(schema === "image-validating-policy" ? 2 : 1)
    for (const object of objects) expect(complaints(object, readCrdSchema(`policy/${schema}`))).toEqual([])
  })
})

const PRIVATE = Object.keys(ADMISSIONS).filter((name) => name.includes("private instance"))
test.each(PRIVATE)("%s: a TrustRoot is written, and it is what its CRD takes", (name) => {
  const [root, ...more] = objectsIn(filesFor(admissionOf(name))["policy-controller/trust-root.yaml"] ?? "")
  expect(more).toEqual([])
  expect(complaints(root, readCrdSchema("policy/trust-root"))).toEqual([])
})

test.each(["a key and a bundle", "an identity and a bundle"])("%s: no TrustRoot is written", (name) => {
  expect(filesFor(admissionOf(name))).not.toHaveProperty(["policy-controller/trust-root.yaml"])
})

test.each([
  { name: "an unknown field", change: { spec: { attestorz: [] } }, says: "$.spec.attestorz is unknown" },
  { name: "another kind", change: { kind: "Pod" }, says: '$.kind: "Pod" is none of ImageValidatingPolicy' },
  { name: "text for a list", change: { spec: { validations: "a" } }, says: "$.spec.validations: string for array" },
  { name: "a required field left out", change: { spec: {} }, says: "$.spec.attestors is missing" },
])("the check itself notices $name", ({ change, says }) => {
  const [policy] = objectsIn(filesFor(admissionOf("a key and a bundle"))["kyverno/image-validating-policy.yaml"] ?? "")
  expect(complaints({ ...policy, ...change }, readCrdSchema("policy/image-validating-policy"))).toContain(says)
})

test("each file begins with whom it admits", () => {
  const { "kyverno/cluster-policy.yaml": byName = "" } = filesFor(admissionOf("an identity and a bundle"))
  expect(byName.split("\n")[0]).toBe(
    "# Images of ghcr.io/acme/app run only if they are signed by https://github.com/acme/app/.github/workflows/" +
      "release.yml@refs/heads/main, for whom https://token.actions.githubusercontent.com vouches.",
  )
  const { "conftest/images.rego": manifests = "" } = filesFor(admissionOf("a key and a bundle"))
  expect(manifests).toMatch(/^# Manifests may name only images of ghcr\.io\/acme\/app, by digest.*\npackage main\n/)
})
