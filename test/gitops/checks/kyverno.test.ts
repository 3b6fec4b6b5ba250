import { describe, expect, test } from "vitest"
import { hasPolicy, kyvernoArgs, parseKyverno } from "../../../lib/gitops/checks/kyverno.ts"
import { splitObjects } from "../../../lib/gitops/checks/objects.ts"

const objects = splitObjects(
  "kind: Pod\nmetadata: { name: a }\n---\nkind: Pod\nmetadata: { name: a, namespace: shop }\n",
  "app",
)
const finding = (result: string, resources: object[] = [{ kind: "Pod", name: "a", namespace: "default" }]) => {
  return { policy: "team", rule: "owner", result, message: "no owner", resources }
}
const output = (results: object[], exitCode = 0) => ({
  exitCode,
  stdout: `Applying\n${JSON.stringify({ results })}\n`,
  stderr: "",
})

describe("Kyverno", () => {
  test("takes only the files with policies, and reads no registry", () => {
    const args = kyvernoArgs(["a.yaml"])
    expect(args.slice(0, 4)).toEqual([
      "apply",
      "/slipway/check/policies/a.yaml",
      "--resource",
      "/slipway/check/manifests",
    ])
    expect(args).not.toContain("--registry")
  })

  test.each([
    { name: "a policy", text: "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\n", policy: true },
    { name: "a newer policy", text: "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\n", policy: true },
    { name: "a kustomization", text: "kind: Kustomization\n", policy: false },
    { name: "another group", text: "apiVersion: notkyverno.io/v1\nkind: ClusterPolicy\n", policy: false },
  ])("finds that $name is a policy: $policy", ({ text, policy }) => expect(hasPolicy(text)).toBe(policy))

  test("reports failures by object, and warnings as notes", () => {
    const inShop = [{ kind: "Pod", name: "a", namespace: "shop" }]
    const results = [finding("pass"), finding("fail"), finding("fail", inShop), finding("warn"), finding("skip")]
    expect(parseKyverno(output(results, 1), objects)).toEqual({
      violations: [
        { check: "kyverno", resource: "Pod/a", rule: "team/owner", message: "no owner" },
        { check: "kyverno", resource: "Pod/shop/a", rule: "team/owner", message: "no owner" },
      ],
      notes: ["Pod/a: no owner (kyverno team/owner)"],
    })
  })

  test("passes if no policy selects an object", () => {
    const nothing = { exitCode: 0, stdout: "pass: 0, fail: 0, warn: 0, error: 0, skip: 0", stderr: "" }
    expect(parseKyverno(nothing, objects)).toEqual({ violations: [], notes: [] })
  })

  test.each([
    { name: "an error of a rule", result: output([finding("error"), finding("fail")], 1), got: "team owner: no owner" },
    { name: "no report", result: { exitCode: 1, stdout: "", stderr: "bad policy" }, got: "exit code 1 (bad policy)" },
    { name: "a failure without a failed rule", result: output([finding("pass")], 1), got: "exit code 1" },
  ])("takes $name for no verdict", ({ result, got }) => {
    expect(() => parseKyverno(result, objects)).toThrow("CHECKER_FAILED: expected Kyverno to check the manifests, got")
    expect(() => parseKyverno(result, objects)).toThrow(got)
  })
})
