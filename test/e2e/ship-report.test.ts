import { type Directory, dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { ReleaseRecord } from "../../lib/ship/record/record.ts"
import type { Release } from "../../src/api/release.ts"
import type { Slipway } from "../../src/index.ts"
import { DEBIAN } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const BASE = "FROM gcr.io/distroless/static-debian12:latest\nUSER 65532\n"
let module: Slipway
beforeAll(() => {
  module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
})

function source(settings: string, files: Record<string, string> = {}): Directory {
  const all = { Dockerfile: BASE, "slipway.yaml": settings, ...files }
  return Object.entries(all).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

/** A source that builds a Debian whose worst finding is CVE-2023-2603. */
function vulnerable(): Record<string, string> {
  return Object.fromEntries(Object.entries(DEBIAN).map(([path, text]) => [`root/${path}`, text]))
}

async function read(report: Directory): Promise<{ record: ReleaseRecord; files: string[] }> {
  const [text, files] = await Promise.all([report.file("release.json").contents(), report.glob("**/*")])
  return { record: ReleaseRecord.parse(JSON.parse(text)), files }
}

describe("a rehearsal by slipway.yaml", () => {
  let release: Release
  let record: ReleaseRecord
  let report: Directory
  let files: string[]
  beforeAll(async () => {
    release = await module.release(source("platforms: [linux/amd64]\ntest: false\ntags: [nightly]\n"))
    report = release.reports
    ;({ record, files } = await read(report))
  })

  test("follows the file, and runs the whole chain", () => {
    expect(record).toMatchObject({ ok: true, mode: "rehearsal", tests: { status: "skipped" } })
    expect(record.image?.platforms.map(({ platform }) => platform)).toEqual(["linux/amd64"])
    expect(record.tags).toEqual([{ name: "nightly", change: "created" }])
    expect(record.bump?.status).toBe("bumped")
    expect(record.stages.map(({ name, status }) => `${name} ${status}`)).toEqual([
      ...["open done", "build done", "test done", "smoke done", "scan done", "publish done"],
      ...["sign done", "attest done", "verify done", "tag done", "gitops done"],
    ])
  })

  test("returns the record's facts as fields", async () => {
    const { repository, digest } = record.image ?? {}
    const commit = record.bump?.status === "bumped" && record.bump.commit
    const { ok, ref, tags, text } = release
    expect({ ok, ref, tags }).toEqual({ ok: true, ref: `${repository}@${digest}`, tags: ["nightly"] })
    expect(release).toMatchObject({ repository, digest, commit })
    expect(text).toBe(await report.file("release.txt").contents())
    expect(JSON.parse(await release.record.contents())).toEqual(record)
  })

  test("has the image, the tags and the diff of the plan", async () => {
    const plan = await module.plan(source("platforms: [linux/amd64]\ntest: false\ntags: [nightly]\n"))
    expect(plan).toContain(`publish    ${record.image?.repository}@${record.image?.digest}`)
    expect(plan).toMatch(/^tags {7}nightly$/m)
    const diff = record.bump?.status === "bumped" ? record.bump.diff.trimEnd().split("\n") : ["no bump"]
    expect(plan.split("\n").map((line) => line.trimStart())).toEqual(
      expect.arrayContaining(diff.map((line) => line.trimStart())),
    )
  })

  test("attests provenance of the index, and SBOMs and vulnerabilities of the platform", () => {
    const subjects = (record.attestations ?? []).map(({ subject, type }) => [subject.split("@")[1], type])
    const platform = record.image?.platforms[0]?.digest
    expect(subjects).toEqual([
      [record.image?.digest, "https://slsa.dev/provenance/v1"],
      [record.image?.digest, "urn:slipway:evidence:v1"],
      [platform, "https://cosign.sigstore.dev/attestation/vuln/v1"],
      [platform, "https://spdx.dev/Document"],
      [platform, "https://cyclonedx.org/bom"],
    ])
  })

  test("leaves every report in the directory", async () => {
    expect(files).toEqual(
      expect.arrayContaining([
        ...["release.json", "release.txt", "release.html", "summary.md"],
        ...["scan/findings.sarif", "scan/gl-container-scanning-report.json", "scan/linux-amd64/sbom.spdx.json"],
      ]),
    )
    expect(await report.file("summary.md").contents()).toContain("✅ Rehearsed")
  })
})

test("an excepted finding is attested as OpenVEX", async () => {
  const settings = `platforms: [linux/amd64]
test: false
scan:
  exceptions: [{ id: CVE-2023-2603, reason: not reachable, owner: team, expires: 2099-01-31 }]
`
  const files = { Dockerfile: "FROM scratch\nCOPY root /\nUSER 7\n", ...vulnerable() }
  const { record } = await read((await module.release(source(settings, files))).reports)
  expect(record, record.failure?.message).toMatchObject({ ok: true, scan: { verdict: "passed" } })
  expect(record.scan?.excepted).toEqual([expect.stringContaining("CVE-2023-2603")])
  const subject = `${record.image?.repository}@${record.image?.platforms[0]?.digest}`
  expect(record.attestations).toContainEqual({ subject, type: "https://openvex.dev/ns", status: "attested" })
})

test("a failed stage is in the record, with the stages before it", async () => {
  const failing = { "package.json": '{"scripts":{"test":"echo from the tests; exit 3"}}' }
  const settings = 'test: { image: "debian:bookworm-slim", commands: ["bash -c \'echo from the tests; exit 3\'"] }\n'
  const { record, files } = await read((await module.release(source(settings, failing))).reports)
  expect(record).toMatchObject({ ok: false, failure: { stage: "test", code: "TESTS_FAILED" } })
  expect(record.failure?.message).toContain("from the tests")
  expect(record.published).toBeUndefined()
  expect(files).toContain("tests/custom/output.log")
})

test("tests that hang end at their time limit, and the report has their output", async () => {
  const commands = "[\"sh -c 'echo waiting; sleep 100000'\"]"
  const settings = `test: { image: "debian:bookworm-slim", commands: ${commands}, timeout: 5 }\nplatforms: [linux/amd64]\n`
  const report = (await module.release(source(settings))).reports
  const { record, files } = await read(report)
  expect(record).toMatchObject({ ok: false, failure: { stage: "test", code: "TESTS_FAILED" } })
  expect(record.failure?.message).toMatch(/did not end within 5 s\. .*waiting/s)
  expect(record.published).toBeUndefined()
  expect(files).toEqual(expect.arrayContaining(["summary.md", "tests/custom/output.log", "tests/outcome.json"]))
  expect(await report.file("tests/custom/output.log").contents()).toContain("waiting\n")
})

test("a mistyped setting is refused with its line before anything runs", async () => {
  await expect(module.release(source("repository: a.b/c\ntag: [x]\n"))).rejects.toThrow(
    /^SETTINGS_INVALID: .*line 2, column 1, got "tag"\. Did you mean "tags"\?/,
  )
})

test("a destination without a key is refused, unless it is a rehearsal", async () => {
  const settings = source("repository: ghcr.io/acme/app\ntest: false\nplatforms: [linux/amd64]\n")
  await expect(module.ship(settings)).rejects.toThrow(/^OPTIONS_INVALID: expected a signer with --repository/)
})
