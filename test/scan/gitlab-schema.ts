import { z } from "zod"

const Text = z.string().min(1)
const Url = z.string().regex(/^(https?|ftp):\/\/.+/)
const Time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/)
const Tool = z.object({ id: Text, name: Text, version: Text, vendor: z.object({ name: Text }) })
const Vulnerability = z.object({
  id: Text,
  name: z.string().max(255),
  description: z.string().max(1_048_576),
  severity: z.enum(["Info", "Unknown", "Low", "Medium", "High", "Critical"]),
  solution: z.string().max(7000),
  identifiers: z.array(z.object({ type: Text, name: Text, value: Text, url: Url.optional() })).min(1),
  links: z.array(z.object({ name: z.string().optional(), url: Url })),
  location: z.object({
    dependency: z.object({ package: z.object({ name: z.string() }), version: z.string() }),
    operating_system: Text,
    image: Text,
  }),
})

/**
 * GitLab's schema of a report, for the keys that Slipway writes. It is strict, because GitLab ignores unknown keys. Version
 * 15.0.7 of security-report-schemas' container-scanning-report-format.
 */
export const GitlabReport = z.strictObject({
  version: z.literal("15.0.7"),
  scan: z.strictObject({
    analyzer: Tool,
    scanner: Tool,
    type: z.literal("container_scanning"),
    start_time: Time,
    end_time: Time,
    status: z.enum(["success", "failure"]),
  }),
  vulnerabilities: z.array(Vulnerability.strict()),
  remediations: z.array(z.never()),
})
