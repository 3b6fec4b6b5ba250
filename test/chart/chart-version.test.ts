import { describe, expect, test } from "vitest"
import { planVersion } from "../../lib/chart/chart-version.ts"
import type { Revision } from "../../lib/config/revision.ts"

const chart = { name: "web", version: "1.4.0" }
const clean: Revision = { commit: "0123456789abcdef0123456789abcdef01234567", time: 1, tags: [], dirty: false }
const dirty = { ...clean, dirty: true }
const refresh = { bases: "0a1b2c3d4e", at: 2 }
const tagged = { ...clean, tags: ["v2.0.1"] }

describe("a chart's version", () => {
  test.each<[string, Parameters<typeof planVersion>[1], string]>([
    ["is that of the commit", { revision: tagged }, "2.0.1"],
    ["is that of Chart.yaml with the commit, which has no version", { revision: clean }, "1.4.0-g0123456"],
    ["names uncommitted changes", { revision: { ...tagged, dirty: true } }, "1.4.0-g0123456-dirty"],
    ["is that of Chart.yaml without a commit", {}, "1.4.0"],
    ["is that of Chart.yaml alone, if the settings say so", { template: "{chart}", revision: clean }, "1.4.0"],
    ["is a template of both", { template: "{chart}-rc.{date}", revision: clean }, "1.4.0-rc.1970-01-01"],
    ["is a literal", { template: "3.0.0", revision: clean }, "3.0.0"],
    ["of a refresh names its bases", { revision: { ...tagged, refresh } }, "2.0.1-base-0a1b2c3d4e"],
    [
      "of a refresh names its bases after a literal",
      { template: "{chart}", revision: { ...clean, refresh } },
      "1.4.0-base-0a1b2c3d4e",
    ],
  ])("%s", (_, choice, name) => {
    expect(planVersion(chart, choice).name).toBe(name)
  })

  test("moves only with uncommitted changes, which name no fixed content", () => {
    expect(planVersion(chart, { revision: dirty }).floating).toBe(true)
    expect(planVersion(chart, { revision: clean }).floating).toBe(false)
    expect(planVersion(chart, { template: "1.{major}.0", revision: tagged })).toEqual({
      name: "1.2.0",
      floating: false,
    })
    expect(planVersion(chart, { template: "{chart}", revision: dirty }).floating).toBe(false)
  })

  test.each<[string, Parameters<typeof planVersion>[1], RegExp]>([
    ["a branch", { template: "{branch}", revision: { ...clean, branch: "main" } }, /got "main" from the template/],
    ["a v before the number", { template: "v1.2.3" }, /got "v1\.2\.3"/],
    ["two numbers", { template: "1.2" }, /got "1\.2"/],
    ["build metadata, which a tag cannot have", { template: "1.2.3+4" }, /got "1\.2\.3\+4"/],
    ["a hash of digits as a number", { template: "{chart}-{shortSha}", revision: clean }, /got "1\.4\.0-0123456"/],
    [
      "a version that the commit does not have",
      { template: "{semver}", revision: clean },
      /none, because \{semver\} is not earned/,
    ],
  ])("refuses %s", (_, choice, got) => {
    expect(() => planVersion(chart, choice)).toThrow(got)
    expect(() => planVersion(chart, choice)).toThrow(/^CHART_INVALID: expected a semantic version/)
  })

  test("refuses a version in Chart.yaml that is not semantic, and does not expand it", () => {
    expect(() => planVersion({ name: "web", version: "{sha}" }, { revision: clean })).toThrow(
      /CHART_INVALID|TAG_INVALID/,
    )
  })
})
