import { expect, test } from "vitest"
import { requireRules } from "../../lib/scan/assessment.ts"
import { parseExceptionFile } from "../../lib/scan/exception-file.ts"
import { readSarif } from "../../lib/scan/sarif-gate.ts"
import { readTrivyReport } from "../../lib/scan/trivy-report.ts"
import { rules } from "./sample.ts"

const WHY = "An exception says why, who answers for it, and until when."
const KEYS = "the keys id, package, path, reason, owner, expires, justification in exceptions[0] (CVE-1)"
const EXAMPLE = "Write, for example: exceptions: [{ id: CVE-…, reason: …, owner: …, expires: 2027-01-31 }]."
const SARIF_FIX =
  "Give the file that the scanner wrote as SARIF, whole; a scanner that found nothing writes an empty list."
const entry = (rest: string) => parseExceptionFile(`exceptions: [{ id: CVE-1, ${rest} }]`)

// Whole sentences: what was expected, what was got, what to do. Nothing has been scanned yet when they are said.
test.each([
  {
    name: "a kind of package that there is not",
    act: () => requireRules(rules({ pkgTypes: ["libary"] })),
    message: 'OPTIONS_INVALID: expected pkgTypes out of os, library, got "libary". Did you mean library?',
  },
  {
    name: "nothing to look for",
    act: () => requireRules(rules({ scanners: [] })),
    message:
      "OPTIONS_INVALID: expected scanners out of vuln, secret, misconfig, license, got none. Name at least one of them.",
  },
  {
    name: "an age before now",
    act: () => requireRules(rules({ maxDbAge: -1 })),
    message:
      "OPTIONS_INVALID: expected maxDbAge in hours, or 0 for any age, got -1. Give a number that is not negative.",
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
    name: "an exception that nobody answers for",
    act: () => entry("reason: r, expires: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with an owner, got no owner. ${WHY}`,
  },
  {
    name: "an exception without a word on why",
    act: () => entry("reason: '', owner: o, expires: 2027-01-31"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with a reason, got "". ${WHY}`,
  },
  {
    name: "an exception until some day",
    act: () => entry("reason: r, owner: o, expires: soon"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with expires as a real date, yyyy-mm-dd, got "soon". ${WHY}`,
  },
  {
    name: "an exception for a list of paths",
    act: () => entry("reason: r, owner: o, expires: 2027-01-31, path: [a, b]"),
    message: `EXCEPTIONS_INVALID: expected exceptions[0] (CVE-1) with a path, got ["a","b"], which is no text. ${WHY}`,
  },
  {
    name: "an exception that is a text",
    act: () => parseExceptionFile("exceptions: [CVE-1]"),
    message: `EXCEPTIONS_INVALID: expected a mapping in exceptions[0], got "CVE-1". ${WHY}`,
  },
  {
    name: "exceptions that are no list",
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
    name: "another scanner's page instead of its report",
    act: () => readSarif("<html>"),
    message: `REPORT_INVALID: expected SARIF 2.1.0, got no JSON: "<html>". ${SARIF_FIX}`,
  },
  {
    name: "another scanner's report that speaks of nothing",
    act: () => readSarif('{"version":"2.1.0","runs":[]}'),
    message: `REPORT_INVALID: expected SARIF 2.1.0, got ✖ Too small: expected array to have >=1 items → at runs. ${SARIF_FIX}`,
  },
  {
    name: "a Trivy of another time",
    act: () => readTrivyReport('{"SchemaVersion":1,"Metadata":{"ImageConfig":{"architecture":"amd64","os":"linux"}}}'),
    message:
      "REPORT_INVALID: expected Trivy's JSON report, schema 2, got ✖ Invalid input: expected 2 → at SchemaVersion. Use the scanner's default image, or a version that writes this format.",
  },
])("$name", ({ act, message }) => {
  expect(act).toThrow(expect.objectContaining({ message }))
})
