import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { harborPolicy } from "../../lib/retention/harbor.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const repository = parseRepository("harbor.acme.example/team/web/app")
const render = (keep: string[], untagged?: number) =>
  harborPolicy({ ...parseRules(keep, undefined), untagged }, { repository, harborProject: 7, manifestsPerImage: 16 })

// Keys and values as in goharbor/harbor: src/pkg/retention/policy/models.go, policy/rule/models.go, the TemplateID of each
// policy/rule/*/evaluator.go, and src/lib/selector/selectors/doublestar/selector.go.
const scope_selectors = { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: "web/app" }] }
const matches = (pattern: string, untagged = false) => {
  return { kind: "doublestar", decoration: "matches", pattern, extras: JSON.stringify({ untagged }) }
}
const excludes = (pattern: string) => {
  return { kind: "doublestar", decoration: "excludes", pattern, extras: '{"untagged":true}' }
}
const retain = (template: string, count: number | undefined, ...tag_selectors: object[]) => {
  const params = count === undefined ? {} : { [template]: count }
  return { action: "retain", template, params, tag_selectors, scope_selectors }
}

test("retains by the first rule that matches, and images without a rule", () => {
  expect(render(["v* latest", "main-* last=20 days=30"]).document).toEqual({
    algorithm: "or",
    scope: { level: "project", ref: 7 },
    trigger: { kind: "Schedule", settings: { cron: "0 0 3 * * *" } },
    rules: [
      retain("always", undefined, matches("{in-use-*,sha256-*}")),
      retain("always", undefined, matches("{v*,latest}"), excludes("{in-use-*,sha256-*}")),
      retain("latestPushedK", 20, matches("main-*"), excludes("{in-use-*,sha256-*,v*,latest}")),
      retain("nDaysSinceLastPush", 30, matches("main-*"), excludes("{in-use-*,sha256-*,v*,latest}")),
      retain("always", undefined, excludes("{in-use-*,sha256-*,v*,latest,main-*}")),
      retain("always", undefined, matches("-", true)),
    ],
  })
})

test("retains untagged images for the given days", () => {
  const { rules } = render(["v*"], 14).document as { rules: object[] }
  expect(rules.at(-1)).toEqual(retain("nDaysSinceLastPush", 14, matches("-", true)))
})

test("requires the project's number, and a repository in the project", () => {
  const set = parseRules(["v*"], undefined)
  expect(() => harborPolicy(set, { repository, manifestsPerImage: 16 })).toThrow(/--harbor-project.*got no/)
  const flat = parseRepository("harbor.acme.example/team")
  expect(() => harborPolicy(set, { repository: flat, harborProject: 7, manifestsPerImage: 16 })).toThrow(/got team\./)
})

test("refuses more rules than Harbor accepts", () => {
  const keep = Array.from({ length: 7 }, (_, at) => `r${at}-* last=1 days=1`)
  expect(() => render(keep)).toThrow(/^OPTIONS_INVALID: expected at most 15 rules in Harbor's policy, got 17/)
})
