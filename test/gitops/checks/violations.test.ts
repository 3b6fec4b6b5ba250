import { describe, expect, test } from "vitest"
import { SlipwayError } from "../../../lib/error.ts"
import {
  type CheckReport,
  checkLines,
  compareViolations,
  refusedBy,
  requireNoneAdded,
  type Violation,
} from "../../../lib/gitops/checks/violations.ts"
import { digestOf } from "../../../lib/oci/reference.ts"

const one = (more: Partial<Violation> = {}): Violation => ({
  check: "conftest",
  resource: "Deployment/web",
  rule: "main.deny",
  message: "no limits",
  ...more,
})
const report = (more: Partial<CheckReport> = {}): CheckReport => ({
  ...{ checks: ["conftest"], rendered: ["kustomize build prod"], objects: 2 },
  ...{ added: [], present: [], resolved: [], notes: [] },
  ...more,
})

describe("violations before and after a bump", () => {
  const [old, next] = [`ghcr.io/acme/web@${digestOf("1")}`, `ghcr.io/acme/web@${digestOf("2")}`]

  test.each([
    { name: "a rule broken before", before: [one()], after: [one()], added: 0, present: 1, resolved: 0 },
    { name: "a rule broken now", before: [], after: [one()], added: 1, present: 0, resolved: 0 },
    { name: "a rule no longer broken", before: [one()], after: [], added: 0, present: 0, resolved: 1 },
    {
      name: "the rule of another object",
      before: [one({ resource: "Pod/web" })],
      after: [one()],
      added: 1,
      present: 0,
      resolved: 1,
    },
    {
      name: "another rule of the object",
      before: [one({ rule: "b.deny" })],
      after: [one()],
      added: 1,
      present: 0,
      resolved: 1,
    },
    {
      name: "the same rule of another check",
      before: [one({ check: "kyverno" })],
      after: [one()],
      added: 1,
      present: 0,
      resolved: 1,
    },
    {
      name: "another message of the rule",
      before: [one({ message: "no probe" })],
      after: [one()],
      added: 1,
      present: 0,
      resolved: 1,
    },
    { name: "a rule broken once more", before: [one()], after: [one(), one()], added: 1, present: 1, resolved: 0 },
    {
      name: "a message with the bumped image",
      before: [one({ message: `${old} has no owner` })],
      after: [one({ message: `${next} has no owner` })],
      ...{ added: 0, present: 1, resolved: 0 },
    },
    {
      name: "a message with a tag before and a digest now",
      before: [one({ message: "web:v1 has no owner" })],
      after: [one({ message: `${next} has no owner` })],
      ...{ added: 0, present: 1, resolved: 0 },
    },
    {
      name: "a message with a bumped tag that is part of another word",
      before: [one({ message: "apps/v1 has no owner" })],
      after: [one({ message: "apps/v1 has no owner" })],
      ...{ added: 0, present: 1, resolved: 0 },
    },
  ])("$name", ({ before, after, added: more, present: same, resolved: fewer }) => {
    const changes = [{ from: "web:v1", to: next }, { from: old, to: next }, { from: "v1", to: "v2" }, { to: "added" }]
    const { added, present, resolved } = compareViolations({ before, after }, changes)
    expect({ added: added.length, present: present.length, resolved: resolved.length }).toEqual({
      added: more,
      present: same,
      resolved: fewer,
    })
  })
})

describe("a report", () => {
  test("passes with violations that were there before", () => {
    expect(() => requireNoneAdded(report({ present: [one()], resolved: [one()], notes: ["n"] }))).not.toThrow()
  })

  test("refuses a bump with resource, rule, message and fix, and stays with the error", () => {
    const refusing = report({
      added: [one({ message: "no limits.\n" }), one({ check: "admission", rule: "ClusterPolicy/signed" })],
      present: [one()],
    })
    let thrown: unknown
    try {
      requireNoneAdded(refusing)
    } catch (error) {
      thrown = error
    }
    expect((thrown as Error).message).toBe(
      "CHECK_FAILED: expected manifests without a violation that this bump adds, got 2: Deployment/web: no limits (conftest main.deny); Deployment/web: no limits (admission ClusterPolicy/signed). Correct the manifests, or change the team's policy (checks.conftest). Bump to a digest that this signer has signed, or write the policy again with signature admission-policies (checks.admission). Nothing was pushed.",
    )
    expect(refusedBy(thrown)).toBe(refusing)
    expect(refusedBy(new SlipwayError("GIT_FAILED", { expected: "a", got: "b", fix: "c" }))).toBeUndefined()
    expect(refusedBy(undefined)).toBeUndefined()
  })

  test("shows at most ten violations in an error", () => {
    const added = Array.from({ length: 12 }, (_, at) => one({ rule: `r${at}` }))
    expect(() => requireNoneAdded(report({ added }))).toThrow(/got 12: .*\(conftest r9\); and 2 more\. /)
  })

  test("lists everything that was found", () => {
    const found = report({
      added: [one()],
      present: [one({ rule: "b" })],
      resolved: [one({ rule: "c" })],
      notes: ["not rendered"],
    })
    expect(checkLines(found)).toEqual([
      "Checked 2 objects of kustomize build prod: conftest",
      "  new: Deployment/web: no limits (conftest main.deny)",
      "  there before: Deployment/web: no limits (conftest b)",
      "  resolved: Deployment/web: no limits (conftest c)",
      "  note: not rendered",
    ])
    expect(checkLines(report({ checks: [], rendered: [], objects: 1 }))).toEqual([
      "Checked 1 object of no manifests: none but rendering",
    ])
  })
})
