import { describe, expect, test } from "vitest"
import { newestReading, readSignedReports, reportOf } from "../../lib/deployed/signed-reports.ts"
import type { VulnerabilityReport } from "../../lib/scan/baseline/vulnerability-report.ts"
import { digest, refOf } from "./sample-outcome.ts"

const report = (scannedAt: string): VulnerabilityReport => ({ scanner: "Trivy", scannedAt, findings: [] })
const predicate = (scanFinishedOn: string) => {
  const result = {
    SchemaVersion: 2,
    ArtifactName: "a",
    ArtifactType: "container_image",
    Metadata: { ImageConfig: { architecture: "amd64", os: "linux" } },
    Results: [],
  }
  return { scanner: { result }, metadata: { scanFinishedOn } }
}
const about = (byte: string, value: unknown) => {
  return { subjects: [{ sha256: digest(byte).slice(7) }], predicate: value } as never
}

describe("the report of a platform", () => {
  test("is the newest one about this digest, because a release that changes nothing attests none", () => {
    const statements = [
      about("0a", predicate("2026-11-02T00:00:00Z")),
      about("0a", predicate("2026-11-01T00:00:00Z")),
      about("0b", predicate("2026-12-01T00:00:00Z")),
    ]
    expect(reportOf(statements, refOf("app"))).toMatchObject({ value: { scannedAt: "2026-11-02T00:00:00Z" } })
  })

  test.each([
    { name: "missing", statements: [], fault: "no vulnerability report by the signer" },
    { name: "unreadable", statements: [about("0a", { a: 1 })], fault: expect.stringContaining("REPORT_INVALID") },
  ])("says that it is $name", ({ statements, fault }) => {
    expect(reportOf(statements, refOf("app"))).toEqual({ fault })
  })
})

test("an image in several repositories has the newest report of any of them", () => {
  const [old, fresh] = [report("2026-11-01T00:00:00Z"), report("2026-11-02T00:00:00Z")]
  expect(newestReading([{ value: old }, { fault: "none" }, { value: fresh }])).toEqual({ report: fresh, faults: [] })
  expect(newestReading([{ fault: "none" }, { fault: "none" }])).toEqual({ faults: ["none"] })
})

test("without a signer no registry is asked, and the reason says so", async () => {
  const tools = { access: () => Promise.reject(new Error("asked")) } as never
  expect(
    await readSignedReports({ refs: [refOf("app")] }, [{ platform: "linux/amd64", digest: digest("0a") }], tools),
  ).toEqual({
    kind: "none",
    reason: "no signer is named, so no report can be trusted",
  })
})
