import { expect, test } from "vitest"
import { misconfigArgs, parseMisconfig } from "../../../lib/gitops/checks/misconfig.ts"
import { splitObjects } from "../../../lib/gitops/checks/objects.ts"

const objects = splitObjects("kind: Pod\nmetadata: { name: a }\n", "app")

test("a severity means that severity and all above, and nothing is downloaded", () => {
  const args = misconfigArgs("HIGH")
  expect(args[args.indexOf("--severity") + 1]).toBe("HIGH,CRITICAL")
  expect(args).toEqual(expect.arrayContaining(["--skip-check-update", "--skip-version-check", "--disable-telemetry"]))
})

test("reads the findings that failed, with the object of their file", () => {
  const finding = {
    ID: "KSV-0014",
    Severity: "HIGH",
    Title: "Root file system",
    Message: "Container 'a' writes",
    Status: "FAIL",
  }
  const text = JSON.stringify({
    SchemaVersion: 2,
    Results: [
      { Target: ".", Class: "config" },
      {
        Target: "Pod_a.yaml",
        Misconfigurations: [finding, { ...finding, Status: "PASS" }, { ...finding, Message: "" }],
      },
    ],
  })
  expect(parseMisconfig(text, objects)).toEqual([
    { check: "misconfig", resource: "Pod/a", rule: "KSV-0014 HIGH", message: "Container 'a' writes" },
    { check: "misconfig", resource: "Pod/a", rule: "KSV-0014 HIGH", message: "Root file system" },
  ])
  expect(parseMisconfig('{"SchemaVersion": 2}', objects)).toEqual([])
})

test.each(["", "[]", '{"SchemaVersion": 1}'])("takes %j for no report", (text) => {
  expect(() => parseMisconfig(text, objects)).toThrow(/^CHECKER_FAILED: expected Trivy to check the manifests/)
})
