import { expect, test } from "vitest"
import { ScanRecord } from "../../../lib/ship/record/scan-record.ts"
import { record } from "../example-record.ts"

test.each([
  { name: "a scan", own: {} },
  {
    name: "a scan with lists of exploits",
    own: { gate: "known to be exploited", scanner: { name: "Trivy", version: "1", givenLists: ["KEV"] } },
  },
])("reads $name again as it was written", ({ own }) => {
  const scan = { ...record.scan, ...own }
  expect(ScanRecord.parse(JSON.parse(JSON.stringify(scan)))).toEqual(scan)
})

test("refuses a finding without a verdict", () => {
  const [{ failing: _, ...finding } = {}] = record.scan.findings
  expect(ScanRecord.safeParse({ ...record.scan, findings: [finding] }).success).toBe(false)
})
