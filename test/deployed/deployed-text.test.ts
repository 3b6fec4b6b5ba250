import { describe, expect, test } from "vitest"
import { exceptionLines, headline, renderDeployed } from "../../lib/deployed/deployed-text.ts"
import { recordOf } from "../../lib/deployed/record.ts"
import { FailOn } from "../../src/enums.ts"
import { comparison, exception, merged } from "../scan/sample.ts"
import { digest, environment, notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const BY = "by Trivy 0.74.0, database of 2026-11-24T06:00:00Z (30 hours old)"

describe("the first line", () => {
  test.each([
    { images: [scanned("a"), passing()], text: "failed: 1 new finding at or above HIGH in 1 of 2 deployed images" },
    { images: [passing()], text: "passed: nothing new at or above HIGH in 1 deployed image" },
    { images: [passing()], failOn: FailOn.ANY, text: "passed: nothing at or above HIGH in 1 deployed image" },
    {
      images: [scanned("a"), scanned("b")],
      failOn: FailOn.NONE,
      text: "passed: 2 findings at or above HIGH in 2 of 2 deployed images",
    },
    {
      images: [passing(), notScanned("a")],
      text: "failed: 1 of 2 deployed images not scanned, nothing new at or above HIGH in 2 deployed images",
    },
    {
      images: [scanned("a", { verdict: "failed", failing: [] })],
      text: "failed: nothing new at or above HIGH in 1 deployed image, a distribution past its end of life in 1",
    },
  ])("is $text", ({ images, failOn = FailOn.NEW, text }) => {
    expect(headline(recordOf(outcome({ images, failOn })))).toBe(`${text}, ${BY}`)
  })
})

test("says where an image runs and since when, what is new and what fixes it", () => {
  const kind = { kind: "bump" as const, source: { revision: "f00d".repeat(10) } }
  const environments = [environment(), { ...environment("b.yaml"), since: { ...environment().since, ...kind } }]
  const fixed = comparison({ fixed: [merged({ id: "CVE-3" })] })
  const image = scanned("app", { comparison: fixed }, { environments, tags: ["ghcr.io/acme/app:1"] })
  const unnamed = [{ ...environment("charts.yaml"), digest: digest("0c") }]
  expect(
    renderDeployed(recordOf(outcome({ images: [image], unnamed })))
      .split("\n")
      .slice(1),
  ).toEqual([
    "",
    `${refOf("app")}  failed: 1 new, 0 unchanged, 1 fixed since`,
    "  runs by prod/app.yaml on main since c0ffeec0ffee, commit by Ann on 2026-11-03",
    "  runs by b.yaml on main since c0ffeec0ffee, bump of f00df00df00d by Ann on 2026-11-03",
    "  by the tag ghcr.io/acme/app:1, resolved now: the cluster may run another digest",
    `  linux/amd64   ${digest("0a")}  1 CRITICAL  (debian 12.8)`,
    "  compared with its signed report by Trivy of 2026-11-01T06:00:00Z",
    "  SEVERITY  FINDING         PACKAGE  INSTALLED  STATE       WHAT FIXES IT",
    "  CRITICAL  CVE-2019-10744  lodash   4.17.11    new, fails  package update: lodash 4.17.12",
    "  fixed since: CRITICAL CVE-3 in lodash 4.17.11",
    "",
    `not scanned: ${digest("0c")} in charts.yaml on main, which is a chart, or has no repository`,
    "",
  ])
})

test("says why nothing is compared, and names the repository where there are several", () => {
  const unknown = comparison({ deployed: undefined, reports: [], unknown: ["no signer is named"] })
  const elsewhere = { ...environment(), repo: "https://git.example/other" }
  const image = scanned("app", { comparison: unknown }, { environments: [environment(), elsewhere] })
  const text = renderDeployed(recordOf(outcome({ images: [image] })))
  expect(text).toContain("  compared with no report\n  all findings count as new: no signer is named\n")
  expect(text).toContain("  runs by prod/app.yaml on main of https://git.example/other since")
})

test("quotes the failure of an image that was not scanned", () => {
  const text = renderDeployed(recordOf(outcome({ images: [notScanned("app")] })))
  expect(text).toContain(`${refOf("app")}  NOT SCANNED\n`)
  expect(text).toContain("\n  REGISTRY_FAILED: expected an answer, got none. Wait.\n")
  expect(text).not.toContain("compared with")
})

test("names exceptions before they end, those that have ended, and those without effect", () => {
  const [soon, ended, unused] = ["2026-12-05", "2026-11-05", "2027-11-05"].map((expires) => exception({ expires }))
  const exceptions = [soon, ended, unused].flatMap((one) => one ?? [])
  const applied = exceptions.slice(0, 1).map((one) => ({ exception: one, finding: merged(), reason: "r", source: "s" }))
  const image = scanned("app", { exceptions: { applied, expired: [], unused: [] } })
  const record = recordOf(outcome({ images: [image], open: { ...outcome().open, exceptions } }))
  expect(exceptionLines(record)).toEqual([
    "ends soon: the exception for CVE-2019-10744 by sec@acme.example, on 2026-12-05, in 4 days: it covers a finding in 1 image",
    "expired: the exception for CVE-2019-10744 by sec@acme.example, on 2026-11-05",
    "unused: the exception for CVE-2019-10744 by sec@acme.example covers no finding in any image",
  ])
})

test("shortens a long list, and says how many more there are", () => {
  const findings = Array.from({ length: 30 }, (_, at) => merged({ id: `CVE-${at}` }))
  const text = renderDeployed(recordOf(outcome({ images: [scanned("app", { findings, failing: findings })] })))
  expect(text.match(/CVE-\d+/g)).toHaveLength(20)
  expect(text).toContain("\n  and 10 more\n")
})
