import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { z } from "zod"
import { DeployedRecord, recordOf } from "../../lib/deployed/record.ts"
import { FailOn } from "../../src/enums.ts"
import { comparison, exception, merged, scanner } from "../scan/sample.ts"
import { digest, environment, known, notScanned, outcome, passing, refOf, scanned } from "./sample-outcome.ts"

const imagesOf = (own: Parameters<typeof outcome>[0]) => recordOf(outcome(own)).images

test("the record of a run is valid, and its schema is the published one", () => {
  const images = [passing(), scanned("app"), notScanned("cache")]
  const unnamed = [{ ...environment("charts.yaml"), digest: digest("0c") }]
  const record = recordOf(outcome({ images, unnamed }))
  expect(DeployedRecord.parse(record)).toEqual(record)
  const schema = readFileSync(new URL("../../lib/deployed/deployed.schema.json", import.meta.url), "utf8")
  expect(JSON.parse(schema), "write z.toJSONSchema(DeployedRecord) to it again").toEqual(z.toJSONSchema(DeployedRecord))
  expect(record.unnamed).toEqual(unnamed)
})

test("images that need attention come first", () => {
  const images = [passing(), scanned("b"), scanned("a"), notScanned("z")]
  const refs = imagesOf({ images }).map(({ ref, verdict }) => [ref, verdict])
  expect(refs).toEqual([
    [refOf("z"), "notScanned"],
    [refOf("a"), "failed"],
    [refOf("b"), "failed"],
    [refOf("web"), "passed"],
  ])
})

test("an image says what is new, what fails and why, and what fixes it", () => {
  const gone = merged({ id: "CVE-3" })
  const fresh = merged()
  const scan = {
    findings: [known, fresh],
    failing: [fresh],
    comparison: comparison({ unchanged: [known], fixed: [gone] }),
  }
  const [image] = imagesOf({ images: [scanned("app", scan)] })
  expect(image?.counts).toEqual({ new: 1, unchanged: 1, fixed: 1, failing: 1 })
  expect(image?.findings.map(({ id, state, failing, fix }) => [id, state, failing, fix.kind])).toEqual([
    [fresh.id, "new", true, "package"],
    [known.id, "unchanged", false, "base"],
  ])
  expect(image?.findings[0]).toMatchObject({ reason: "CRITICAL", kind: "vulnerability" })
  expect(image?.fixed).toEqual([
    { id: "CVE-3", severity: "CRITICAL", package: "lodash", installed: "4.17.11", platforms: ["linux/amd64"] },
  ])
})

test("an image that was not scanned has its failure instead of an empty result", () => {
  const record = recordOf(outcome({ images: [notScanned("app")], failOn: FailOn.NONE }))
  expect(record).toMatchObject({ ok: false, failOn: "none" })
  expect(record.images[0]).toMatchObject({ verdict: "notScanned", failure: { code: "REGISTRY_FAILED" } })
})

test("warnings about exceptions and the comparison are not repeated by each image", () => {
  const unused = exception()
  const scan = {
    exceptions: { applied: [], expired: [], unused: [unused] },
    comparison: comparison({ unknown: ["linux/amd64: no report"] }),
    warnings: [
      "the exception for CVE-2019-10744 by sec@acme.example matches no finding: remove it",
      "findings count as new: linux/amd64: no report",
      "the vulnerability database is 9 days old",
    ],
  }
  const open = { ...outcome().open, exceptions: [unused] }
  const record = recordOf(outcome({ images: [scanned("app", scan)], open }))
  expect(record.images[0]).toMatchObject({
    unknown: ["linux/amd64: no report"],
    warnings: ["the vulnerability database is 9 days old"],
  })
  expect(record.exceptions.unused).toMatchObject([{ id: unused.id, owner: unused.owner }])
})

test("long lists of findings are shortened, and the numbers count everything", () => {
  const findings = Array.from({ length: 250 }, (_, at) => merged({ id: `CVE-${at}` }))
  const [image] = imagesOf({ images: [scanned("app", { findings, failing: [] })] })
  expect(image?.findings).toHaveLength(200)
  expect(image?.counts.new).toBe(250)
})

test("names the scanner with its database", () => {
  expect(recordOf(outcome()).scanner).toEqual({ name: "Trivy", version: "0.74.0", database: scanner.database })
})
