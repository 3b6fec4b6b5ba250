import { describe, expect, test } from "vitest"
import { recordOf } from "../../lib/deployed/record.ts"
import { categoriesOf, deployedReports, requireOk } from "../../lib/deployed/reports.ts"
import { parseSarif } from "../../lib/scan/sarif-log.ts"
import { GitlabReport } from "../scan/gitlab-schema.ts"
import { digest, environment, notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const reports = (own: Parameters<typeof outcome>[0]) => deployedReports(outcome(own), recordOf(outcome(own)))

test("writes every format of one run", () => {
  const files = reports({ images: [scanned("app"), passing(), notScanned("cache")] })
  expect(Object.keys(files)).toEqual([
    "deployed.json",
    "deployed.txt",
    "summary.md",
    "deployed.html",
    "findings.sarif",
    "gl-container-scanning-report.json",
  ])
  expect(JSON.parse(files["deployed.json"] ?? "")).toMatchObject({ version: 1, ok: false })
  expect(files["deployed.json"], "a CI job reads the verdict with grep").toMatch(/^ {2}"ok": false,$/m)
})

test("writes a SARIF run with a category for each scanned image", () => {
  const text = reports({ images: [scanned("app"), passing(), notScanned("cache")] })["findings.sarif"] ?? ""
  const runs = parseSarif(text)
  expect(runs.map(({ results }) => results.length)).toEqual([1, 1])
  expect(JSON.parse(text).runs.map((run: { automationDetails: object }) => run.automationDetails)).toEqual([
    { id: "slipway/deployed/ghcr.io/acme/app/" },
    { id: "slipway/deployed/ghcr.io/acme/web/" },
  ])
})

test("writes GitLab's report, in which the same finding of two images is two vulnerabilities", () => {
  const text = reports({ images: [scanned("app"), scanned("api")] })["gl-container-scanning-report.json"] ?? ""
  const { vulnerabilities } = GitlabReport.parse(JSON.parse(text))
  expect(vulnerabilities.map(({ location }) => location.image.split("@")[0])).toEqual([
    "ghcr.io/acme/app",
    "ghcr.io/acme/api",
  ])
  expect(new Set(vulnerabilities.map(({ id }) => id)).size).toBe(2)
})

describe("the category of an image", () => {
  const image = (name: string, byte: string, path: string) => {
    return { ref: refOf(name, byte), environments: [environment(path)] }
  }
  test.each([
    {
      name: "its repository, whatever its digest",
      images: [image("app", "0a", "prod"), image("web", "0b", "prod")],
      categories: ["ghcr.io/acme/app", "ghcr.io/acme/web"],
    },
    {
      name: "also its place, where a repository has several digests",
      images: [image("app", "0a", "prod"), image("app", "0b", "staging")],
      categories: ["ghcr.io/acme/app/main/prod", "ghcr.io/acme/app/main/staging"],
    },
    {
      name: "also its digest, where one place has several",
      images: [image("app", "0a", "prod"), image("app", "0b", "prod")],
      categories: [
        `ghcr.io/acme/app/main/prod/${digest("0a").slice(-12)}`,
        `ghcr.io/acme/app/main/prod/${digest("0b").slice(-12)}`,
      ],
    },
  ])("is $name", ({ images, categories }) => {
    expect(categoriesOf(images)).toEqual(categories)
  })
})

describe("the text of a run", () => {
  test("is returned if the run is ok", () => {
    expect(requireOk(outcome({ images: [passing()] }))).toMatch(
      /^passed: nothing new at or above HIGH in 1 deployed image/,
    )
  })

  test("is part of the error if a finding fails", () => {
    expect(() => requireOk(outcome({ images: [scanned("app"), passing()] }))).toThrow(
      /^GATE_FAILED: expected no new finding at or above HIGH in the deployed images, got some in ghcr\.io\/acme\/app\. Release .*\n\nfailed: 1 new finding/s,
    )
  })

  test("has the code of the first image that was not scanned, before any finding", () => {
    expect(() => requireOk(outcome({ images: [scanned("app"), notScanned("cache")] }))).toThrow(
      /^REGISTRY_FAILED: expected to scan every deployed image, got 1 of 2 that could not be scanned\. Fix .*NOT SCANNED/s,
    )
  })
})
