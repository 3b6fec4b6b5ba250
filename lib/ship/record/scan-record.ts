import { z } from "zod"
import { TakenOver } from "./cache-record.ts"

/** Times are UTC. */
const Time = z.iso.datetime()

/** A finding without exception, merged over the platforms that have it. */
export const FindingRecord = z.object({
  id: z.string(),
  severity: z.string(),
  package: z.string(),
  installed: z.string(),
  fixed: z.string(),
  platforms: z.array(z.string()),
  kind: z.string().optional().describe("vulnerability, secret, misconfiguration or license"),
  failing: z.boolean().describe("whether it fails the gate"),
  reason: z.string().optional().describe("why it fails, if not by its severity: an exploit, its EPSS, or its licence"),
  kev: z.boolean().optional().describe("whether it is known to be exploited (CISA's KEV)"),
  epss: z.number().optional().describe("probability of an exploit in the next 30 days (FIRST's EPSS), 0 to 1"),
  state: z
    .enum(["new", "unchanged"])
    .optional()
    .describe("unchanged: the deployed image has it too; only in a comparison"),
})
/** A finding of the deployed image that this one does not have. */
const FixedFinding = z.object({
  id: z.string(),
  severity: z.string(),
  package: z.string(),
  installed: z.string(),
  platforms: z.array(z.string()),
})
const PackageChange = z.object({
  type: z.string().describe("as in its purl, such as deb or npm; os for the distribution"),
  name: z.string(),
  from: z.array(z.string()).describe("versions in the deployed image; empty if it was added"),
  to: z.array(z.string()).describe("versions in this image; empty if it was removed"),
  platforms: z.array(z.string()),
})
const Count = z.number()

/** What changed since the deployed image. Long lists are shortened, the numbers count everything. */
export const ComparisonRecord = z.object({
  deployed: z.string().optional().describe("reference by digest of the deployed image, if its reports could be read"),
  reports: z
    .array(z.object({ platform: z.string(), scanner: z.string(), scannedAt: z.iso.datetime({ offset: true }) }))
    .describe("the signed vulnerability reports of the deployed image"),
  unknown: z.array(z.string()).describe("why findings count as new without a comparison"),
  findings: z.object({ new: Count, unchanged: Count, fixed: Count }),
  fixed: z.array(FixedFinding),
  packages: z
    .object({ added: Count, removed: Count, changed: Count, changes: z.array(PackageChange) })
    .optional()
    .describe("the difference of the SBOMs"),
})

export const ScanRecord = z.object({
  verdict: z.enum(["passed", "failed"]),
  scanner: z.object({
    name: z.string(),
    version: z.string(),
    database: z.object({ updatedAt: Time, age: z.number().describe("in hours, at the time of the scan") }).optional(),
    givenLists: z.array(z.string()).optional().describe("lists of exploits that were given, with their dates"),
  }),
  threshold: z.string(),
  onlyNew: z.boolean().optional().describe("only findings that the deployed image does not have fail"),
  gate: z.string().optional().describe("what fails a finding, in words, where that is more than the threshold"),
  findings: z.array(FindingRecord),
  comparison: ComparisonRecord.optional(),
  excepted: z.array(z.string()),
  warnings: z.array(z.string()),
  takenOver: TakenOver.optional().describe("the earlier run that scanned this image with the same database"),
})

export type FindingRecord = z.infer<typeof FindingRecord>
export type ScanRecord = z.infer<typeof ScanRecord>
