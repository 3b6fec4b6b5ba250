import { describe, expect, test } from "vitest"
import { conftestArgs, parseConftest } from "../../../lib/gitops/checks/conftest.ts"
import { splitObjects } from "../../../lib/gitops/checks/objects.ts"

const objects = splitObjects("kind: Pod\nmetadata: { name: a }\n", "app")
const filename = "/slipway/check/manifests/Pod_a.yaml"
const result = (report: unknown, exitCode = 1) => ({ exitCode, stdout: JSON.stringify(report), stderr: "" })

describe("Conftest", () => {
  test("runs the rules of every package", () => expect(conftestArgs()).toContain("--all-namespaces"))

  test("reports denials as violations and warnings as notes", () => {
    const failures = [{ msg: "no limits", metadata: { query: "data.main.deny" } }, { msg: "no probe" }]
    const found = parseConftest(
      result([{ filename, namespace: "main", successes: 1, failures, warnings: [{ msg: "old" }] }]),
      objects,
    )
    expect(found).toEqual({
      violations: [
        { check: "conftest", resource: "Pod/a", rule: "main.deny", message: "no limits" },
        { check: "conftest", resource: "Pod/a", rule: "main", message: "no probe" },
      ],
      notes: ["Pod/a: old (conftest)"],
    })
  })

  test("passes without a denial", () => {
    expect(parseConftest(result([{ filename, namespace: "main", successes: 1 }], 0), objects).violations).toEqual([])
  })

  test.each([
    {
      name: "no JSON",
      broken: { exitCode: 1, stdout: "", stderr: "rego_parse_error" },
      got: "exit code 1 (rego_parse_error)",
    },
    {
      name: "another exit code",
      broken: result([{ filename, namespace: "main", successes: 1 }], 2),
      got: "exit code 2",
    },
    {
      name: "an object without a result",
      broken: result([{ filename: "/x.yaml", namespace: "main", successes: 1 }], 0),
      got: "nothing about Pod/a",
    },
    {
      name: "policies without a rule",
      broken: result([{ filename, namespace: "main", successes: 0 }], 0),
      got: "no rule ran",
    },
  ])("takes $name for no verdict", ({ broken, got }) => {
    expect(() => parseConftest(broken, objects)).toThrow(
      `CHECKER_FAILED: expected Conftest to check the manifests, got`,
    )
    expect(() => parseConftest(broken, objects)).toThrow(got)
  })
})
