import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { type Directory, dag, type File } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { scanLayout } from "../../lib/scan/scan-layout.ts"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { grypeDatabase } from "./grype-database.ts"
import { DEBIAN, type ImageFiles, imageLayout, LODASH } from "./scan-image.ts"
import { scanOptions, testDatabase } from "./scan-options.ts"
import { useEngine } from "./session.ts"
import { shipTools } from "./ship-options.ts"
import { slipway } from "./slipway.ts"
import { type SshAgent, startSshAgent } from "./ssh-agent.ts"

useEngine()

let agent: SshAgent
beforeAll(async () => {
  agent = await startSshAgent()
})
afterAll(() => agent.stop())

const SHELL = "debian:bookworm-slim"
const REVIEW = "https://acme.example/review/v1"

/** An image of two packages, whose build asks an SSH agent, and whose tests read a secret. */
function sourceOf(settings: string, files: ImageFiles = {}): Directory {
  const dockerfile = `FROM ${SHELL} AS agent
RUN --mount=type=ssh ssh-add -L > /agent
FROM scratch
COPY --from=agent /agent /agent
COPY root /
`
  const texts = { Dockerfile: dockerfile, "review.json": '{"approved":true}', "slipway.yaml": settings, ...files }
  const root = Object.entries({ ...DEBIAN, ...LODASH }).map(([path, text]) => [`root/${path}`, text] as const)
  return [...Object.entries(texts), ...root].reduce((all, [path, text]) => all.withNewFile(path, text), dag.directory())
}

/** A rehearsal as a user calls it: everything but secret and socket is in slipway.yaml. */
async function rehearse(source: Directory): Promise<Release> {
  const module = slipway({ vulnerabilityDb: testDatabase(), grypeDb: grypeDatabase() })
  const secrets = { testSecrets: [dag.setSecret("token", "s3cret")], testSecretNames: ["token"] }
  const flags = { ...NO_FLAGS, ...secrets, ssh: dag.host().unixSocket(agent.socket) }
  const target = await readShipOptions(source, flags, shipTools(module))
  if (target.kind !== "image") throw new Error("expected one image")
  return await ship(source, target.options)
}

const GRYPE = `platforms: [linux/amd64]
test: { image: "${SHELL}", commands: ["grep -qx s3cret /run/secrets/token"], secrets: [token] }
scan:
  scanner: GRYPE
  failOn: { severity: HIGH, kev: true, epss: 0.5 }
sign:
  format: both
  attestations: [{ type: "${REVIEW}", path: review.json }]
`

test("ships with Grype, VEX, an SSH agent, a test secret and an attestation of its own", async () => {
  const refused = await rehearse(sourceOf(GRYPE))
  expect(refused.record, refused.record.failure?.message).toMatchObject({
    ok: false,
    failure: { stage: "scan", code: "GATE_FAILED" },
  })
  expect(refused.record.published).toBeUndefined()
  const found = refused.record.scan?.findings.map(({ id, severity, reason }) => [id, severity, reason])
  expect(found).toEqual([
    ["CVE-2023-2603", "HIGH", "known to be exploited"],
    ["CVE-2016-2781", "LOW", "EPSS 0.61"],
    ["CVE-2019-10744", "CRITICAL", undefined],
  ])

  const statements = (refused.scan?.findings ?? []).map(({ id, purl }) => {
    const products = [{ "@id": purl }]
    return { vulnerability: { name: id }, products, status: "not_affected", justification: "component_not_present" }
  })
  const settings = GRYPE.replace("scan:\n", "scan:\n  vex: [vex.json]\n")
  const { record } = await rehearse(sourceOf(settings, { "vex.json": openVex(statements) }))
  expect(record.failure).toBeUndefined()
  expect(record).toMatchObject({ ok: true, tests: { status: "passed" }, scan: { findings: [], verdict: "passed" } })
  expect(record.scan?.excepted).toHaveLength(3)
  expect(record.attestations).toContainEqual({ subject: record.published, type: REVIEW, status: "attested" })
  expect(record.signature?.checks.join("\n")).toContain(REVIEW)
})

test("refuses a denied licence, with package and licence, before anything is published", async () => {
  const settings =
    "platforms: [linux/amd64]\ntest: false\nscan: { failOn: { severity: CRITICAL }, licenses: { deny: [MIT] } }\n"
  const { record, scan } = await rehearse(sourceOf(settings))
  expect(record).toMatchObject({ ok: false, failure: { stage: "scan", code: "GATE_FAILED" } })
  expect(record.failure?.message).toMatch(/^LOW +MIT +lodash \(.*denied licence/m)
  expect(record.published).toBeUndefined()
  expect(scan?.failing.map(({ id, package: name }) => [id, name])).toEqual([
    ["CVE-2019-10744", "lodash"],
    ["MIT", "lodash"],
  ])
})

test("fails on every licence but the allowed ones, also on a package without one", async () => {
  const licenses = { allow: ["MIT"], deny: [] }
  const layout = imageLayout({ "linux/amd64": { ...DEBIAN, ...LODASH } })
  const { failing } = await scanLayout(layout, scanOptions(testDatabase(), { scanners: ["license"], licenses }))
  expect(failing.map(({ id, package: name }) => [id, name])).toEqual([
    ["NOASSERTION", "coreutils"],
    ["NOASSERTION", "libcap2"],
  ])
})

test("judges Trivy's findings by the public lists of exploits, and by a VEX repository", async () => {
  const layout = imageLayout({ "linux/amd64": { ...DEBIAN, ...LODASH } })
  const rules = { kev: true, epss: 0.5, ignoreUnfixed: true }
  const lists = { kevCatalog: kevCatalog("CVE-2016-2781"), epssScores: epssScores({ "CVE-2019-10744": 0.0002 }) }
  const options = { ...scanOptions(testDatabase(), rules), ...lists }
  const outcome = await scanLayout(layout, options)
  expect(outcome.failing.map(({ id, kev, epss }) => [id, kev, epss])).toEqual([
    ["CVE-2016-2781", true, undefined],
    ["CVE-2023-2603", false, undefined],
    ["CVE-2019-10744", false, 0.0002],
  ])
  const vexRepository = vexRepositoryOf("pkg:npm/lodash", "CVE-2019-10744")
  const { suppressed } = await scanLayout(layout, { ...options, vexRepository })
  expect(suppressed).toMatchObject([
    { finding: { id: "CVE-2019-10744" }, source: expect.stringContaining("VEX Repository") },
  ])
})

test("refuses failOn.kev with Trivy and without a list, and says what to pass", async () => {
  const layout = imageLayout({ "linux/amd64": LODASH })
  await expect(scanLayout(layout, scanOptions(testDatabase(), { kev: true }))).rejects.toThrow(
    "OPTIONS_INVALID: expected --kev-catalog, because failOn.kev needs CISA's KEV catalogue",
  )
})

function openVex(statements: object[]): string {
  const head = { "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:test", author: "test", version: 1 }
  return JSON.stringify({ ...head, timestamp: "2026-01-01T00:00:00Z", statements })
}

function kevCatalog(...cves: string[]): File {
  const vulnerabilities = cves.map((cveID) => ({ cveID }))
  const text = JSON.stringify({ dateReleased: "2026-11-28T15:00:00Z", count: cves.length, vulnerabilities })
  return dag.file("kev.json", text)
}

/** As FIRST publishes it, in gzip. */
function epssScores(scores: Record<string, number>): File {
  const rows = Object.entries(scores).map(([cve, score]) => `${cve},${score},0.1\n`)
  const head = "#model_version:v2025.03.14,score_date:2026-11-30T12:55:00Z\ncve,epss,percentile\n"
  const path = join(mkdtempSync(join(tmpdir(), "slipway-epss-")), "epss.csv.gz")
  writeFileSync(path, gzipSync(head + rows.join("")))
  return dag.host().file(path)
}

// https://github.com/aquasecurity/vex-repo-spec
function vexRepositoryOf(purl: string, cve: string): Directory {
  const location = "pkg/lodash/vex.json"
  const index = { updated_at: "2026-11-30T00:00:00Z", packages: [{ id: purl, location, format: "openvex" }] }
  const statement = { vulnerability: { name: cve }, products: [{ "@id": purl }], status: "not_affected" }
  const document = openVex([{ ...statement, justification: "vulnerable_code_not_in_execute_path" }])
  return dag.directory().withNewFile("index.json", JSON.stringify(index)).withNewFile(location, document)
}
