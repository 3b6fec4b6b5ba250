import { describe, expect, test } from "vitest"
import { kubeconformArgs, parseKubeconform } from "../../../lib/gitops/checks/kubeconform.ts"
import { splitObjects } from "../../../lib/gitops/checks/objects.ts"

const objects = splitObjects("kind: Pod\nmetadata: { name: a }\n---\nkind: Pod\nmetadata: { name: b }\n", "app")
const output = (resources: object[], { valid = 0, invalid = 0, errors = 0, skipped = 0 }) => {
  return {
    exitCode: 1,
    stdout: JSON.stringify({ resources, summary: { valid, invalid, errors, skipped } }),
    stderr: "",
  }
}
const resource = (status: string, msg: string, more: object = {}) => {
  return {
    filename: "/slipway/check/manifests/Pod_b.yaml",
    kind: "Pod",
    name: "b",
    version: "v1",
    status,
    msg,
    ...more,
  }
}

describe("kubeconform", () => {
  test("reads each folder in the three layouts of schemas", () => {
    const options = { kubernetes: "1.34.0", strict: true, skip: ["A", "b/v1/C"] }
    expect(kubeconformArgs(options, { folders: ["/s"], manifests: "/m" })).toEqual([
      ...["-output", "json", "-summary", "-kubernetes-version", "1.34.0", "-strict", "-skip", "A,b/v1/C"],
      "-schema-location",
      "/s/{{ .NormalizedKubernetesVersion }}-standalone{{ .StrictSuffix }}/{{ .ResourceKind }}{{ .KindSuffix }}.json",
      ...["-schema-location", "/s/{{ .ResourceKind }}{{ .KindSuffix }}.json"],
      ...["-schema-location", "/s/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json", "/m"],
    ])
    expect(
      kubeconformArgs({ kubernetes: "master", strict: false, skip: [] }, { folders: [], manifests: "/m" }),
    ).toEqual(["-output", "json", "-summary", "-kubernetes-version", "master", "/m"])
  })

  test("reports each field of an invalid object", () => {
    const errors = [
      { path: "/spec/replicas", msg: "got string, want integer" },
      { path: "", msg: "missing properties: 'spec'" },
    ]
    const found = parseKubeconform(
      output([resource("statusInvalid", "m", { validationErrors: errors })], { valid: 1, invalid: 1 }),
      objects,
    )
    expect(found).toEqual([
      {
        check: "kubeconform",
        resource: "Pod/b",
        rule: "/spec/replicas",
        message: "/spec/replicas got string, want integer",
      },
      { check: "kubeconform", resource: "Pod/b", rule: "/", message: "/ missing properties: 'spec'" },
    ])
  })

  test("reports an object that cannot be parsed as invalid", () => {
    const found = parseKubeconform(
      output([resource("statusError", "error while parsing: missing 'kind' key")], { valid: 1, errors: 1 }),
      objects,
    )
    expect(found).toEqual([
      { check: "kubeconform", resource: "Pod/b", rule: "schema", message: "error while parsing: missing 'kind' key" },
    ])
  })

  test.each([
    {
      name: "a missing schema",
      result: output([resource("statusError", "could not find schema for Pod")], { valid: 1, errors: 1 }),
      error:
        "expected a schema for Pod/b, got could not find schema for Pod. Add it to a folder of checks.kubeconform.schemas",
    },
    {
      name: "an output that is no report",
      result: { exitCode: 1, stdout: "", stderr: "oh no" },
      error: "got exit code 1 (oh no). Check --kubeconform-image.",
    },
    {
      name: "a report about fewer objects",
      result: output([], { valid: 1 }),
      error: "got exit code 1 (1 of 2 objects)",
    },
    {
      name: "a report about another file",
      result: output([resource("statusInvalid", "m", { filename: "/else.yaml" })], { valid: 1, invalid: 1 }),
      error: 'got one about "/else.yaml"',
    },
  ])("takes $name for no verdict", ({ result, error }) => {
    expect(() => parseKubeconform(result, objects)).toThrow(error)
    expect(() => parseKubeconform(result, objects)).toThrow(/^CHECKER_FAILED: /)
  })
})
