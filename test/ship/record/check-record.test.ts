import { expect, test } from "vitest"
import type { CheckReport } from "../../../lib/gitops/checks/violations.ts"
import { CheckRecord, RenderedRecord } from "../../../lib/ship/record/check-record.ts"

const violation = { check: "kyverno" as const, resource: "Pod/a", rule: "r", message: "m" }

test("a report of the checks is valid in the record, as it is", () => {
  const report: CheckReport = {
    ...{ checks: ["kubeconform", "misconfig", "conftest", "kyverno", "admission"], rendered: ["pod.yaml"], objects: 1 },
    ...{ added: [violation], present: [], resolved: [], notes: ["n"] },
  }
  expect(CheckRecord.parse(report)).toEqual(report)
  expect(CheckRecord.safeParse({ ...report, checks: ["other"] }).success).toBe(false)
})

test("the branch of the rendered manifests has no commit if they were there", () => {
  expect(RenderedRecord.parse({ branch: "r", files: ["m.yaml"] })).toEqual({ branch: "r", files: ["m.yaml"] })
})
