import { z } from "zod"
import { Seconds, Texts } from "./setting-values.ts"

/** A licence that no list names fails if there is a list of allowed ones, also an unknown one. */
const Licenses = z.strictObject({
  allow: Texts.min(1)
    .optional()
    .describe(
      "SPDX ids of the licences that may be in the image, such as MIT or BSD-*; every other one fails, NOASSERTION is an unknown one",
    ),
  deny: Texts.min(1).optional().describe("SPDX ids of the licences that fail, such as AGPL-*"),
})

/** What fails the gate. A known exploit or its probability fails a finding of any severity. */
const FailOn = z.strictObject({
  severity: z
    .enum(["UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL"])
    .optional()
    .describe("lowest severity that fails; default HIGH"),
  fixed: z.boolean().optional().describe("fail only on vulnerabilities that a version fixes; default false"),
  kev: z
    .boolean()
    .optional()
    .describe("fail on a vulnerability that is known to be exploited (CISA KEV), of any severity; default false"),
  epss: z
    .number()
    .gt(0)
    .max(1)
    .optional()
    .describe(
      "fail on a vulnerability with at least this probability of exploitation (EPSS), of any severity; default none",
    ),
  endOfLife: z.boolean().optional().describe("fail on a distribution at its end of life; default false"),
  new: z.boolean().optional().describe("fail only on findings that the deployed image does not have; default false"),
})

/** What a scan looks for, and what fails it. */
export const Scan = z.strictObject({
  scanner: z.enum(["TRIVY", "GRYPE"]).optional().describe("default TRIVY"),
  scanners: z
    .array(z.enum(["vuln", "secret", "misconfig", "license"]))
    .min(1)
    .optional()
    .describe("kinds of findings to look for; default vuln and secret; Grype supports only vuln"),
  failOn: FailOn.optional(),
  licenses: Licenses.optional().describe("licence policy; with it, the severity of a licence does not count"),
  vex: Texts.optional().describe("paths of OpenVEX documents; the findings that they rule out do not count"),
  pkgTypes: z
    .array(z.enum(["os", "library"]))
    .min(1)
    .optional()
    .describe("kinds of packages to scan; default both"),
  maxDbAge: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("maximum age of the vulnerability database, in hours; default 0, unlimited"),
  dbRepositories: Texts.optional().describe("registries of the vulnerability database, in order"),
  timeout: Seconds.optional().describe("longest scan of a platform, in seconds; default 300"),
  exceptions: z
    .array(z.looseObject({}))
    .optional()
    .describe("accepted findings: id, reason, owner, expires; package, path, justification"),
})
