import { expect, test } from "vitest"
import { requireRules } from "../../lib/scan/assessment.ts"
import { parseExceptionFile } from "../../lib/scan/exception-file.ts"
import { readSarif } from "../../lib/scan/sarif-gate.ts"
import { readTrivyReport } from "../../lib/scan/trivy-report.ts"
import { rules } from "./sample.ts"

const WHY = "Give each exception a reason, an owner and an expiry date."
const KEYS = "the keys id, package, path, reason, owner, expires, justification in exceptions[0] (CVE-1)"
const EXAMPLE = "Write, for example: exceptions: [{ id: CVE-…, reason: …, owner: …, expires: 2027-01-31 }]."
const SARIF_FIX =
  "Pass the complete SARIF file of the scanner; a scanner without findings writes an empty list of results."
const entry = (rest: string) => parseExceptionFile(`exceptions: [{ id: CVE-1, ${rest} }]`)

// complete messages, all of them from before a scan
test.each([
  {
    name: "an unknown package type",
    act: () => requireRules(rules({ pkgTypes: ["libary"] })),
    message: 'OPTIONS_INVALID: expected pkgTypes out of os, library, got "libary". Did you mean library?',
  },
  {
    name: "no kind of finding",
    act: () => requireRules(rules({ scanners: [] })),
    message:
      "OPTIONS_INVALID: expected scanners out of vuln, secret, misconfig, license, got none. Name at least one of them.",
  },
  {
    name: "a negative age",
    act: () => requireRules(rules({ maxDbAge: -1 })),
    message:
      "OPTIONS_INVALID: expected maxDbAge in hours, or 0 for any age, got -1. Pass a number that is not negative.",
  },
  {
    name: "an exception's mistyped key",
    act: () => entry("reason: r, owner: o, expirs: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected ${KEYS}, got "expirs". Did you mean "expires"?`,
  },
  {
    name: "Trivy's key in slipway's section",
    act: () => entry("statement: r, owner: o, expires: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected ${KEYS}, got "statement". Did you mean "reason"?`,
  },
  {
    name: "an exception without an owner",
    act: () => entry("reason: r, expires: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with an owner, got no owner. ${WHY}`,
  },
  {
    name: "an exception with an empty reason",
    act: () => entry("reason: '', owner: o, expires: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with a reason, got "". ${WHY}`,
  },
  {
    name: "an exception without a real date",
    act: () => entry("reason: r, owner: o, expires: soon"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with expires as a real date, yyyy-mm-dd, got "soon". ${WHY}`,
  },
  {
    name: "an exception for a list of paths",
    act: () => entry("reason: r, owner: o, expires: 2027-01-31, path: [a, b]"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with a path, got ["a","b"], which is not a string. ${WHY}`,
  },
  {
    name: "an exception that is a string",
    act: () => parseExceptionFile("exceptions: [CVE-1]"),
    message: `EXCEPTIONS_INVALID: expected a mapping in exceptions[0], got "CVE-1". ${WHY}`,
  },
  {
    name: "exceptions that are not a list",
    act: () => parseExceptionFile("exceptions: CVE-1"),
    message: `EXCEPTIONS_INVALID: expected a list in exceptions, got string. ${EXAMPLE}`,
  },
  {
    name: "a mistyped section",
    act: () => parseExceptionFile("vulnerabilites: []"),
    message:
      'EXCEPTIONS_INVALID: expected a section out of exceptions, vulnerabilities, misconfigurations, secrets, licenses, got "vulnerabilites". Did you mean "vulnerabilities"?',
  },
  {
    name: "HTML instead of a SARIF report",
    act: () => readSarif("<html>"),
    message: `REPORT_INVALID: expected SARIF 2.1.0, got text that is not JSON: "<html>". ${SARIF_FIX}`,
  },
  {
    name: "a SARIF report without runs",
    act: () => readSarif('{"version":"2.1.0","runs":[]}'),
    message: `REPORT_INVALID: expected SARIF 2.1.0, got ✖ Too small: expected array to have >=1 items → at runs. ${SARIF_FIX}`,
  },
  {
    name: "a report of another Trivy schema",
    act: () => readTrivyReport('{"SchemaVersion":1,"Metadata":{"ImageConfig":{"architecture":"amd64","os":"linux"}}}'),
    message:
      "REPORT_INVALID: expected Trivy's JSON report, schema 2, got ✖ Invalid input: expected 2 → at SchemaVersion. Use the scanner's default image, or a version that writes this format.",
  },
])("refuses $name with a complete message", ({ act, message }) => {
  expect(act).toThrow(expect.objectContaining({ message }))
})
