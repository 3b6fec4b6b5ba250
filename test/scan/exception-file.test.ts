import { expect, test } from "vitest"
import { parseExceptionFile, readExceptions } from "../../lib/scan/exception-file.ts"

const entry = { id: "CVE-2019-10744", reason: "not reachable", owner: "sec@acme.example", expires: "2027-01-31" }
const slipway = (own: object) => JSON.stringify({ exceptions: [{ ...entry, ...own }] })

test("reads Slipway's section exceptions", () => {
  expect(parseExceptionFile(slipway({ package: "lodash", path: "app/**" }))).toEqual([
    { ...entry, package: "lodash", paths: ["app/**"], purls: [] },
  ])
})

test.each([
  { name: "a section with only commented-out entries", text: "vulnerabilities:\n#  - id: CVE-1\n" },
  { name: "a commented-out section exceptions", text: "exceptions:\n  # none\n" },
  { name: "a file with only comments", text: "# CVE-1\n" },
])("reads $name as an empty list", ({ text }) => expect(parseExceptionFile(text)).toEqual([]))

test("reads a list within an entry with only commented-out values as empty", () => {
  const text =
    "secrets:\n  - id: github-pat\n    paths:\n    purls:\n    statement: revoked\n    owner: me\n    expired_at: 2027-02-01\n"
  expect(parseExceptionFile(text)).toMatchObject([{ id: "github-pat", paths: [], purls: [] }])
})

test.each([
  { name: "one id", text: "CVE-2022-40897\n" },
  { name: "several ids and comments", text: "# accepted\nCVE-2022-40897 # why\n\nAVD-DS-0002\r\nprivate-key\n" },
  { name: "an expiry date", text: "CVE-2022-40897 exp:2027-01-01\n" },
])("refuses Trivy's plain format with $name, and shows the YAML to write instead", ({ text }) => {
  expect(() => parseExceptionFile(text)).toThrow(
    "EXCEPTIONS_INVALID: expected Trivy's .trivyignore.yaml, or a list of exceptions, got Trivy's plain .trivyignore, which has only ids. Write a .trivyignore.yaml, with an owner and an expiry date in each entry: vulnerabilities: [{ id: CVE-…, statement: …, owner: …, expired_at: 2027-01-31 }].",
  )
})

test("reads a Trivy ignore file, with its sections as kinds of finding", () => {
  const text = `
vulnerabilities:
  - id: CVE-2022-40897
    paths: ["usr/lib/python3/**"]
    purls: ["pkg:pypi/setuptools"]
    statement: only at build time # a comment
    owner: web@acme.example
    expired_at: 2027-01-31
    justification: vulnerable_code_not_in_execute_path
secrets:
  - { id: github-pat, statement: revoked, owner: me, expired_at: 2027-02-01 }
`
  expect(parseExceptionFile(text)).toEqual([
    {
      kind: "vulnerability",
      id: "CVE-2022-40897",
      paths: ["usr/lib/python3/**"],
      purls: ["pkg:pypi/setuptools"],
      reason: "only at build time",
      owner: "web@acme.example",
      expires: "2027-01-31",
      justification: "vulnerable_code_not_in_execute_path",
    },
    { kind: "secret", id: "github-pat", paths: [], purls: [], reason: "revoked", owner: "me", expires: "2027-02-01" },
  ])
})

test.each([
  { name: "an empty file", text: "" },
  { name: "only comments", text: "# nothing excepted\n" },
  { name: "an empty list", text: "exceptions: []" },
])("reads no exceptions from $name", ({ text }) => {
  expect(parseExceptionFile(text)).toEqual([])
})

test.each([
  {
    name: "a mistyped key",
    text: slipway({ expirs: "2027-01-31" }),
    message:
      'the keys id, package, path, reason, owner, expires, justification in exceptions[0] (CVE-2019-10744), got "expirs". Did you mean "expires"?',
  },
  {
    name: "Trivy's key in slipway's section",
    text: slipway({ statement: "x" }),
    message: 'in exceptions[0] (CVE-2019-10744), got "statement". Did you mean "reason"?',
  },
  {
    name: "a mistyped section",
    text: "vulnerabilites: []",
    message:
      'a section out of exceptions, vulnerabilities, misconfigurations, secrets, licenses, got "vulnerabilites". Did you mean "vulnerabilities"?',
  },
  {
    name: "no owner",
    text: slipway({ owner: undefined }),
    message:
      "exceptions[0] (CVE-2019-10744) with an owner, got no owner. Give each exception a reason, an owner and an expiry date.",
  },
  {
    name: "an empty reason",
    text: slipway({ reason: " " }),
    message: "exceptions[0] (CVE-2019-10744) with a reason, got ",
  },
  {
    name: "a day that does not exist",
    text: slipway({ expires: "2027-02-30" }),
    message: "exceptions[0] (CVE-2019-10744) with expires as a real date, yyyy-mm-dd, got ",
  },
  {
    name: "no expiry",
    text: slipway({ expires: undefined }),
    message: "with expires as a real date, yyyy-mm-dd, got no expires.",
  },
  { name: "a string as an entry", text: "exceptions: [CVE-1]", message: "a mapping in exceptions[0], got " },
  { name: "a mapping as a section", text: "exceptions: {a: b}", message: "a list in exceptions, got object." },
  { name: "a list at the top", text: "- a", message: "a mapping with exceptions, " },
  { name: "text that is not YAML", text: "exceptions: [", message: "YAML, got " },
  { name: "a key twice", text: "secrets: []\nsecrets: []", message: "YAML, got Map keys must be unique" },
])("refuses $name", ({ text, message }) => {
  expect(() => parseExceptionFile(text)).toThrow(/^EXCEPTIONS_INVALID: expected /)
  expect(() => parseExceptionFile(text)).toThrow(message)
})

test("reads the section exceptions of slipway.yaml", () => {
  expect(readExceptions([entry])).toEqual([{ ...entry, paths: [], purls: [] }])
})

test("reads a file with hundreds of aliases, and names an unresolved one", () => {
  const { id: _, ...rest } = entry
  const fields = Object.keys(rest).map((key) => `${key}: *${key}`)
  const anchors = Object.entries(rest).map(([key, text]) => `${key}: &${key} "${text}"`)
  const other = Array.from({ length: 120 }, (_, i) => `  - { id: CVE-2026-${1000 + i}, ${fields.join(", ")} }`)
  const text = `exceptions:\n  - { id: CVE-2026-1, ${anchors.join(", ")} }\n${other.join("\n")}\n`
  expect(parseExceptionFile(text)).toHaveLength(121)
  expect(() => parseExceptionFile("exceptions: *none\n")).toThrow(
    /^EXCEPTIONS_INVALID: expected YAML with aliases that can be resolved, got Unresolved alias/,
  )
})
