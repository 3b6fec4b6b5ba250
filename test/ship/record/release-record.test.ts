import { describe, expect, test } from "vitest"
import type { Tools } from "../../../lib/engine/tool.ts"
import { SlipwayError } from "../../../lib/error.ts"
import type { BumpOutcome } from "../../../lib/gitops/outcome.ts"
import type { PlatformManifest } from "../../../lib/oci/layout.ts"
import type { Digest, DigestRef } from "../../../lib/oci/reference.ts"
import type { Assessment } from "../../../lib/scan/assessment.ts"
import { ReleaseRecord } from "../../../lib/ship/record/record.ts"
import {
  bumpRecord,
  failureRecord,
  imageRecord,
  type RunFacts,
  releaseRecord,
  scanRecord,
  sourceRecord,
  testRecord,
} from "../../../lib/ship/record/release-record.ts"
import type { Stage } from "../../../lib/ship/stopwatch.ts"
import type { TestResults } from "../../../lib/test/outcome.ts"
import { comparison, merged, rules, assessment as sampleAssessment } from "../../scan/sample.ts"
import { record as example } from "../example-record.ts"

describe("release record", () => {
  const digest = `sha256:${"0a".repeat(32)}` as Digest
  const tools: Tools = { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" }
  const stages = [{ name: "test", startedAt: "2026-11-01T00:00:00.000Z", seconds: 1, status: "failed" as const }]
  const start: RunFacts = { mode: "delivery", repository: "ghcr.io/acme/app" }
  const whole: RunFacts = {
    ...start,
    tests: { status: "skipped" },
    built: { content: { digest, size: 1, manifests: [] }, sizes: new Map(), warnings: [] },
    ref: `ghcr.io/acme/app@${digest}` as DigestRef,
    signature: { signer: "key", checks: [] },
    attestations: [
      { ref: `ghcr.io/acme/app@${digest}` as DigestRef, type: "https://slsa.dev/provenance/v1", status: "attested" },
    ],
    tags: [{ name: "v1", change: "created" }],
    bump: {
      outcome: { status: "unchanged", commit: "c0ffee", kept: [] },
      place: { repo: "r", branch: "b", path: "p" },
    },
  }

  describe("the record", () => {
    test("of a complete run has a part for every stage", () => {
      const { stages: _, ...record } = releaseRecord(whole, { stages, tools })
      expect(record).toEqual({
        version: 1,
        ok: true,
        mode: "delivery",
        source: {},
        tests: { status: "skipped" },
        image: { repository: "ghcr.io/acme/app", digest, platforms: [], warnings: [] },
        published: `ghcr.io/acme/app@${digest}`,
        signature: { signer: "key", checks: [] },
        attestations: [
          { subject: `ghcr.io/acme/app@${digest}`, type: "https://slsa.dev/provenance/v1", status: "attested" },
        ],
        tags: [{ name: "v1", change: "created" }],
        bump: { status: "unchanged", commit: "c0ffee", repo: "r", branch: "b", path: "p" },
        tools,
      })
    })

    test("names the CI job that ran it", () => {
      const ci = { system: "github" as const, url: "https://github.com/run/1" }
      expect(releaseRecord({ ...start, ci }, { stages, tools }).ci).toEqual(ci)
    })

    test("of an adopted image keeps the facts of the earlier run, and has its own tags and times", () => {
      const adopted = { ...example, tags: [], ci: undefined }
      const { ref, signature, tags, bump } = whole
      const facts = { ...start, adopted, inputs: "sha256:1", ref, signature, tags, bump } as RunFacts
      const record = releaseRecord(facts, { stages, tools })
      expect(record).toMatchObject({
        adopted: true,
        inputs: "sha256:1",
        tests: example.tests,
        scan: example.scan,
        tags,
        stages,
      })
      expect(record.ci).toBeUndefined()
    })

    test("has a skipped bump if none is requested", () => {
      expect(releaseRecord({ ...start, bump: "skipped" }, { stages, tools }).bump).toEqual({ status: "skipped" })
    })

    test("of a run that failed in its first stage has only the failure", () => {
      const record = releaseRecord(start, { stages, tools, error: new Error("no") })
      expect(record).toEqual({
        ...{ version: 1, ok: false, mode: "delivery", stages, tools },
        failure: { stage: "test", message: "no" },
      })
    })

    test("has a stopped stage if another one failed, and does not change when that stage ends later", () => {
      const build = { name: "build", startedAt: "2026-11-01T00:00:00.000Z", seconds: 0, status: "running" as const }
      const record = releaseRecord(start, { stages: [build, ...stages], tools, error: new Error("no") })
      Object.assign(build, { seconds: 9, status: "done" })
      expect(record.stages).toMatchObject([
        { name: "build", seconds: 1, status: "stopped" },
        { name: "test", seconds: 1, status: "failed" },
      ])
      expect(ReleaseRecord.parse(record)).toEqual(record)
    })

    test.each([start, whole])("is valid by its schema", (facts) => {
      const record = releaseRecord(facts, { stages, tools, error: undefined })
      expect(ReleaseRecord.parse(record)).toEqual(record)
    })
  })
})

describe("stage records", () => {
  const digest = (byte: string) => `sha256:${byte.repeat(32)}` as Digest
  const finding = { kind: "vulnerability", path: "", layer: "os", purl: "", title: "", url: "" }
  const zlib = {
    ...{ ...finding, id: "CVE-2", severity: "HIGH", package: "zlib", installed: "1", fixed: "2" },
    platforms: ["linux/arm64"],
  }
  const tar = { ...finding, id: "CVE-3", severity: "LOW", package: "tar", installed: "1", fixed: "", platforms: [] }
  const assessment = {
    verdict: "failed",
    scanner: { name: "Trivy", version: "0.74.0", vendor: "Aqua Security", uri: "", looksFor: ["vuln"] },
    findings: [zlib, tar],
    failing: [zlib],
    rules: { threshold: "HIGH" },
    platforms: [{ platform: "linux/amd64", digest: digest("1b"), distribution: "debian 12", findings: { LOW: 2 } }],
    suppressed: [
      {
        finding: { id: "CVE-1", package: "libcap2", installed: "1" },
        reason: "unused",
        source: "exceptions",
        expires: "2027-01-01",
      },
    ],
    warnings: ["old"],
  } as unknown as Assessment

  describe("the source", () => {
    test("is empty without git", () => expect(sourceRecord()).toEqual({}))
    test.each([
      { branch: "main", url: "https://git.example.com/app" },
      { branch: undefined, url: undefined },
    ])("has its commit, for %o", ({ branch, url }) => {
      const revision = {
        commit: "f00d",
        time: 1,
        tags: [],
        dirty: true,
        ...(branch && { branch }),
        ...(url && { url }),
      }
      expect(sourceRecord(revision)).toEqual({ revision: "f00d", dirty: true, ...(branch && { branch, url }) })
    })
    test("names uncommitted changes", () => {
      const revision = { commit: "f00d", time: 1, tags: [], dirty: true, changes: ["a: modified"] }
      expect(sourceRecord(revision)).toEqual({ revision: "f00d", dirty: true, changes: ["a: modified"] })
    })
  })

  describe("the tests", () => {
    test("are recorded as skipped", () => expect(testRecord({ status: "skipped" })).toEqual({ status: "skipped" }))
    test("name the run whose result was taken over", () => {
      const takenOver = { url: "https://ci.example/7", at: "2026-06-08T12:00:00Z", signer: "key.pub" }
      const outcome = { status: "passed", services: [], runners: [], takenOver }
      expect(testRecord(outcome as unknown as TestResults)).toEqual({ status: "passed", runners: [], takenOver })
    })
    test("have a count if the runner reports one", () => {
      const runner = { image: "golang:1.26", commands: [], status: "passed", seconds: 2, output: "ok" }
      const counted = { ...runner, name: "go", counts: { passed: 3, failed: 0, skipped: 0 } }
      const outcome = { status: "passed", services: [], runners: [counted, { ...runner, name: "node" }] }
      expect(testRecord(outcome as unknown as TestResults)).toEqual({
        status: "passed",
        runners: [
          { name: "go", image: "golang:1.26", status: "passed", seconds: 2, tests: 3 },
          { name: "node", image: "golang:1.26", status: "passed", seconds: 2 },
        ],
      })
    })
  })

  describe("the image", () => {
    const manifests = [
      { platform: "linux/amd64", digest: digest("1b") },
      { platform: "linux/arm64", digest: digest("2c") },
    ] as PlatformManifest[]
    const content = { digest: digest("0a"), size: 1, manifests }
    const built = { content, sizes: new Map([[digest("1b"), 7]]), warnings: ["no .dockerignore"] }
    const platforms = [
      { platform: "linux/amd64", digest: digest("1b"), size: 7 },
      { platform: "linux/arm64", digest: digest("2c"), size: 0 },
    ]
    const image = { repository: "ghcr.io/acme/app", digest: digest("0a"), platforms, warnings: ["no .dockerignore"] }

    test("has no findings field before its scan", () => {
      expect(imageRecord(built, { repository: "ghcr.io/acme/app" })).toEqual(image)
    })

    test("has the findings of each platform, and no findings field for one that was not scanned", () => {
      const [amd, arm] = platforms
      expect(imageRecord(built, { repository: "ghcr.io/acme/app", scan: assessment })).toEqual({
        ...image,
        platforms: [{ ...amd, findings: { LOW: 2 } }, arm],
      })
    })
  })

  test("the scan has scanner, threshold, findings and exceptions", () => {
    expect(scanRecord(assessment)).toEqual({
      verdict: "failed",
      scanner: { name: "Trivy", version: "0.74.0" },
      threshold: "HIGH",
      findings: [
        {
          ...{ id: "CVE-2", severity: "HIGH", package: "zlib", installed: "1", fixed: "2" },
          ...{ platforms: ["linux/arm64"], failing: true },
        },
        { id: "CVE-3", severity: "LOW", package: "tar", installed: "1", fixed: "", platforms: [], failing: false },
      ],
      excepted: ["excepted: CVE-1 in libcap2 1: unused (exceptions, until 2027-01-01)"],
      warnings: ["old"],
    })
  })

  test("of a comparison has the state of each finding, and what was fixed", () => {
    const [old, fresh] = ["CVE-1", "CVE-2"].map((id) => merged({ id }))
    const outcome = sampleAssessment({
      rules: rules({ onlyNew: true }),
      findings: [old, fresh].flatMap((one) => one ?? []),
      comparison: comparison({ unchanged: old ? [old] : [], fixed: [merged({ id: "CVE-3" })] }),
    })
    const { findings, ...others } = scanRecord(outcome)
    expect(findings.map(({ id, state }) => [id, state])).toEqual([
      ["CVE-1", "unchanged"],
      ["CVE-2", "new"],
    ])
    expect(others).toMatchObject({
      onlyNew: true,
      comparison: { findings: { new: 1, unchanged: 1, fixed: 1 }, fixed: [{ id: "CVE-3" }] },
    })
  })

  describe("the bump", () => {
    const place = { repo: "https://git.example.com/deploy", branch: "main", path: "prod" }
    test("has its diff and its tries", () => {
      const bumped = { status: "bumped", commit: "c0ffee", diff: "-a\n+b", files: ["f"], changes: [], tries: 2 }
      const outcome = { ...bumped, overtaken: [], responseLost: false, kept: [] } as BumpOutcome
      expect(bumpRecord(outcome, place)).toEqual({
        ...place,
        status: "bumped",
        commit: "c0ffee",
        diff: "-a\n+b",
        tries: 2,
      })
    })
    test("names the request that proposes it", () => {
      const request = { url: "https://git/7", branch: "slipway/main/1", merge: "waiting" as const }
      const proposed = { noun: "pull request", how: "opened" as const, ...request }
      const outcome = { status: "requested" as const, commit: "c", diff: "-a", files: [], changes: [], kept: [] }
      const record = { ...place, status: "requested", commit: "c", diff: "-a", request }
      expect(bumpRecord({ ...outcome, request: proposed }, place)).toEqual(record)
    })
    test.each(["unchanged", "superseded"] as const)("has the present commit if it is %s", (status) => {
      expect(bumpRecord({ status, commit: "c0ffee", kept: [] }, place)).toEqual({ ...place, status, commit: "c0ffee" })
    })
  })
})

describe("failure", () => {
  function stages(...ended: [string, Stage["status"]][]): Stage[] {
    return ended.map(([name, status]) => ({ name, status, startedAt: "1970-01-01T00:00:00.000Z", seconds: 1 }))
  }

  test("names the failed stage, and the error's code and message", () => {
    const error = new SlipwayError("GATE_FAILED", { expected: "nothing", got: "1 finding", fix: "Update." })
    expect(failureRecord(error, stages(["test", "done"], ["scan", "failed"], ["build", "running"]))).toEqual({
      stage: "scan",
      code: "GATE_FAILED",
      message: "GATE_FAILED: expected nothing, got 1 finding. Update.",
    })
  })

  test("shows the end of a command's output", () => {
    const printed = Array.from({ length: 100 }, (_, at) => `line ${at}`).join("\n")
    const error = Object.assign(new Error("exit code: 1"), { stdout: `${printed}\n`, stderr: "no such file\n" })
    const { message } = failureRecord(error, stages(["build", "failed"]))
    expect(message.split("\n").slice(0, 2)).toEqual(["exit code: 1", "line 40"])
    expect(message.split("\n").slice(-2)).toEqual(["line 99", "no such file"])
  })

  test("limits the length of a message", () => {
    expect(failureRecord(new Error("x".repeat(20_000)), []).message).toBe(
      `${"x".repeat(1000)}\n(11000 characters omitted)\n${"x".repeat(8000)}`,
    )
  })

  test("keeps the first line and the end of a long message", () => {
    const head = "TESTS_FAILED: expected passing tests, got go."
    const { message } = failureRecord(new Error(`${head}\n${"waiting\n".repeat(2000)}boom`), [])
    expect(message.split("\n").slice(0, 2)).toEqual([head, "(8005 characters omitted)"])
    expect(message).toMatch(/waiting\nboom$/)
  })

  test("shows the end of a long line in a command's output", () => {
    const error = Object.assign(new Error("exit code: 1"), { stdout: `${"x".repeat(50_000)}the end` })
    const { message } = failureRecord(error, [])
    expect(message).toMatch(/^exit code: 1\n.*xthe end$/s)
    expect(message.length).toBeLessThan(9100)
  })

  test.each([
    { thrown: "text", message: "text" },
    { thrown: undefined, message: "undefined" },
  ])("records any thrown value: $thrown", ({ thrown, message }) => {
    expect(failureRecord(thrown, [])).toEqual({ stage: "ship", message })
  })

  test("omits the engine's identifiers before the reason", () => {
    const error = new Error(
      `failed to load container from converted ID: load Container@${"Cv+/".repeat(30)}==: load xxh3:124da29101b603fb: inputs: load xxh3:3a0070fd0b43a032: inputs: lstat /missing: no such file or directory`,
    )
    expect(failureRecord(error, []).message).toBe("lstat /missing: no such file or directory")
  })
})
