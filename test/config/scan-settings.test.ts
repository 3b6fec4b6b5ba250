import { expect, test } from "vitest"
import { Scan } from "../../lib/config/scan-settings.ts"

test.each([
  { failOn: { severity: "HIGH", fixed: true, kev: true, epss: 0.5, endOfLife: true, new: true } },
  { failOn: { epss: 1 } },
  { licenses: { allow: ["MIT", "BSD-*"], deny: ["AGPL-*"] }, vex: ["vex/app.json"] },
])("accepts %j", (scan) => {
  expect(Scan.parse(scan)).toEqual(scan)
})

test.each([
  { name: "a probability of zero, which every vulnerability has", scan: { failOn: { epss: 0 } } },
  { name: "a probability in percent", scan: { failOn: { epss: 50 } } },
  { name: "a list of allowed licences that is empty", scan: { licenses: { allow: [] } } },
  { name: "a list of denied licences that is empty", scan: { licenses: { deny: [] } } },
  { name: "an unknown condition", scan: { failOn: { cvss: 7 } } },
])("refuses $name", ({ scan }) => {
  expect(Scan.safeParse(scan).success).toBe(false)
})
