import { type Directory, dag, type File } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { type ScanOutcome, scanLayout } from "../../lib/scan/scan-layout.ts"
import { DEBIAN, imageLayout, LODASH } from "./scan-image.ts"
import { scanOptions, testDatabase } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

useEngine()

let database: Directory
let layout: Directory
beforeAll(() => {
  database = testDatabase()
  layout = imageLayout({ "linux/amd64": { ...DEBIAN, ...LODASH } })
})

const LIBCAP = { id: "CVE-2023-2603", package: "libcap2", reason: "no capability calls", owner: "sec@acme.example" }
const NPM = `vulnerabilities:
  - id: CVE-2019-10744
    paths: ["app/**/package.json"]
    purls: ["pkg:npm/lodash@4.17.11"]
    statement: no merge of foreign objects
    owner: web@acme.example
    expired_at: 2999-01-01
`

test("leaves out an excepted finding, and shows its reason, owner and expiry date", async () => {
  const outcome = await scan(exceptions([{ ...LIBCAP, expires: "2999-01-01" }]))
  expect(outcome.findings.map(({ id }) => id)).not.toContain("CVE-2023-2603")
  const text = await report(exceptions([{ ...LIBCAP, expires: "2999-01-01" }]), "findings.txt")
  expect(text).toContain(
    "excepted: CVE-2023-2603 in libcap2 1:2.66-4: no capability calls (sec@acme.example, until 2999-01-01)",
  )
})

test("applies the paths and purls of a Trivy ignore file", async () => {
  const { failing, exceptions: applied } = await scan(file(".trivyignore.yaml", NPM))
  expect(failing.map(({ id }) => id)).toEqual(["CVE-2023-2603"])
  expect(applied.applied.map(({ finding }) => finding.package)).toEqual(["lodash"])
})

test("warns about an expired exception, whose finding counts again, and about an unused one", async () => {
  const outcome = await scan(
    exceptions([
      { ...LIBCAP, expires: "2026-01-01" },
      { ...LIBCAP, id: "CVE-2000-0001", expires: "2999-01-01" },
    ]),
  )
  expect(outcome.failing.map(({ id }) => id)).toContain("CVE-2023-2603")
  expect(outcome.warnings).toEqual([
    "the exception for CVE-2023-2603 by sec@acme.example expired on 2026-01-01, so its finding counts again",
    "the exception for CVE-2000-0001 by sec@acme.example matches no finding: remove it",
  ])
})

test("refuses a mistyped key before the scan", async () => {
  const mistyped = file(".trivyignore.yaml", NPM.replace("expired_at", "expires_at"))
  await expect(scan(mistyped)).rejects.toThrow(/^EXCEPTIONS_INVALID: .* Did you mean "expired_at"\?/)
})

test("writes exceptions as OpenVEX, and suppresses a finding by such a document", async () => {
  const written: { statements: { vulnerability: { name: string } }[] } = JSON.parse(
    await report(file(".trivyignore.yaml", NPM), "exceptions.openvex.json"),
  )
  expect(written.statements.map(({ vulnerability }) => vulnerability.name)).toEqual(["CVE-2019-10744"])

  const statement = { status: "not_affected", justification: "vulnerable_code_not_in_execute_path" }
  const product = { products: [{ "@id": "pkg:npm/lodash@4.17.11" }] }
  const vex = openVex([{ vulnerability: { name: "CVE-2019-10744" }, ...product, ...statement }])
  const { findings, suppressed } = await scanLayout(layout, { ...scanOptions(database), vex: [vex] })
  expect(findings.map(({ id }) => id)).not.toContain("CVE-2019-10744")
  expect(suppressed).toEqual([
    expect.objectContaining({ reason: "not_affected: vulnerable_code_not_in_execute_path", source: "VEX document 1" }),
  ])
})

function scan(exceptions: File): Promise<ScanOutcome> {
  return scanLayout(layout, { ...scanOptions(database), exceptions })
}

async function report(exceptions: File, path: string): Promise<string> {
  const { reports } = await slipway({ vulnerabilityDb: database }).scan(layout, undefined, undefined, exceptions)
  return await reports.file(path).contents()
}

function exceptions(entries: object[]): File {
  return file("slipway.yaml", JSON.stringify({ exceptions: entries }))
}

function openVex(statements: object[]): File {
  const head = { "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:test", author: "test", version: 1 }
  return file("vex.json", JSON.stringify({ ...head, timestamp: "2026-01-01T00:00:00Z", statements }))
}

function file(name: string, contents: string): File {
  return dag.directory().withNewFile(name, contents).file(name)
}
