import { type Directory, dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, parseDigestRef } from "../../lib/oci/reference.ts"
import { renderRelease } from "../../lib/ship/report/release-text.ts"
import { type Release, ship } from "../../lib/ship/ship.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { DEBIAN, type ImageFiles, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { type Bundle, type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ADDRESS = "registry.test:5000/team/app"
/** HIGH in libcap2 and MEDIUM in coreutils; the database learns of the CRITICAL one in lodash later. */
const [OLD, MEDIUM, LATER] = ["CVE-2023-2603", "CVE-2016-2781", "CVE-2019-10744"]
const FILES = { ...DEBIAN, ...LODASH }

let registry: SignRegistry
let git: GitServer
let key: SigningKeyFiles
beforeAll(async () => {
  const values = { "values.yaml": `image:\n  repository: ${ADDRESS}\n  digest: ''\n` }
  ;[registry, git, key] = await Promise.all([
    startSignRegistry({ referrersApi: false }),
    startGitServer(values),
    makeSigningKey(),
  ])
})
afterAll(() => git?.stop())

type Run = { files?: ImageFiles; unknown?: string; failOn: object }

/** Without a commit, no run continues an earlier one. `unknown` is an advisory that the database lacks. */
async function run({ files = FILES, unknown, failOn }: Run): Promise<Release> {
  const destination = {
    repository: ADDRESS,
    signing: await signingSecrets(key),
    ...{ tags: ["v1"], registry: registry.access, git: { gitService: git.service() } },
    ...{ gitopsRepo: git.url("git.test"), gitopsPath: "values.yaml", gitopsEdits: ["helm:image"] },
  }
  const settings = { test: false as const, scan: { scanners: ["vuln" as const], failOn } }
  const database = dag.host().directory(vulnerabilityDbFolder(unknown))
  return await ship(source(files), await shipHere(destination, database, { settings }))
}

function source(files: ImageFiles): Directory {
  const all = Object.entries(files).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
  return dag.directory().withDirectory("root", all).withNewFile("Dockerfile", "FROM scratch\nCOPY root/ /\n")
}

function failing({ record }: Release): string[] {
  expect(record.failure).toMatchObject({ stage: "scan", code: "GATE_FAILED" })
  return (record.scan?.findings ?? []).filter((finding) => finding.failing).map(({ id }) => id)
}

describe("a gate for new findings", () => {
  let deployed: Release
  let again: Release
  let before: unknown

  test("fails every finding of a first release, and says why", async () => {
    const first = await run({ unknown: LATER, failOn: { new: true } })
    expect(failing(first)).toEqual([OLD])
    expect(first.record.failure?.message).toContain("warning: findings count as new: values.yaml names no digest yet")
  })

  test("compares nothing without a deployed image", async () => {
    deployed = await run({ unknown: LATER, failOn: { severity: "CRITICAL" } })
    expect(deployed.record).toMatchObject({ ok: true, scan: { verdict: "passed" }, bump: { status: "bumped" } })
    expect(deployed.record.scan?.comparison).toBeUndefined()
    before = git.refs()
  })

  test("fails only the finding that the database did not know when the same image was deployed", async () => {
    again = await run({ failOn: { new: true } })
    expect(failing(again)).toEqual([LATER])
    const states = again.record.scan?.findings.map(({ id, state }) => [id, state])
    expect(states).toEqual([
      [LATER, "new"],
      [OLD, "unchanged"],
      [MEDIUM, "unchanged"],
    ])
    expect(again.record.scan?.comparison).toMatchObject({
      deployed: deployed.record.published,
      reports: [{ platform: "linux/amd64", scanner: "Trivy" }],
      findings: { new: 1, unchanged: 2, fixed: 0 },
      packages: { added: 0, removed: 0, changed: 0, changes: [] },
    })
    expect(git.refs()).toEqual(before)
  })

  test("is one for all findings where it is not asked for", async () => {
    const all = await run({ failOn: {} })
    expect(failing(all)).toEqual([LATER, OLD])
    expect(all.record.scan?.comparison).toBeUndefined()
    expect(all.record.stages.map(({ name }) => name)).not.toContain("deployed")
  })

  test("passes what is only unchanged, and shows what was fixed and the difference of the packages", async () => {
    const { "var/lib/dpkg/status": status = "", ...others } = FILES
    const changed = status.replaceAll("coreutils", "hello").replace("9.1-1", "2.10-3").replace("1:2.66-4", "1:2.66-5")
    const files = { ...others, "var/lib/dpkg/status": changed }
    const { record } = await run({ files, unknown: LATER, failOn: { new: true } })
    expect(record.failure, "the tag is taken, so that nothing is pushed").toMatchObject({ code: "TAG_CONFLICT" })
    expect(record.scan).toMatchObject({
      verdict: "passed",
      findings: [{ id: OLD, state: "unchanged" }],
      comparison: {
        fixed: [{ id: MEDIUM, package: "coreutils", platforms: ["linux/amd64"] }],
        packages: { added: 1, removed: 1, changed: 1 },
      },
    })
    const text = renderRelease(record)
    expect(text).toMatch(/^compared {3}registry\.test:5000\/team\/app@sha256:\w+, scanned by Trivy at /m)
    expect(text).toMatch(/^ +~ libcap2 \S*2\.66-4 -> \S*2\.66-5 \(deb\)$/m)
    expect(text).toMatch(/^ +\+ hello 2\.10-3 \(deb\)$/m)
    expect(text).toMatch(/^ +- coreutils 9\.1-1 \(deb\)$/m)
  })

  describe("does not believe a forged report of the deployed image, which knows everything", () => {
    let image: DigestRef
    let forged: Bundle[]
    beforeAll(async () => {
      image = parseDigestRef(`${ADDRESS}@${deployed.record.image?.platforms[0]?.digest}`)
      const predicate = (await again.scan?.files[0]?.formats["vuln.cosign.json"]?.contents()) ?? ""
      const [genuine = ""] = await reportsOf(image)
      await attestByAnother(image, predicate)
      const theirs = (await reportsOf(image)).filter((text) => text !== genuine)
      expect(theirs).toHaveLength(1)
      const statement = { ...statementOf(genuine), predicate: JSON.parse(predicate) }
      forged = [
        forge(genuine, statement, { signatures: [] }),
        forge(genuine, statement, {}),
        ...theirs.map((content) => ({ content, predicateType: VULN })),
      ]
      const [unsigned, changed] = forged
      if (unsigned) await registry.attach(image, unsigned)
      if (changed) await registry.attach(image, changed)
    })

    test("next to the genuine one", async () => {
      const beside = await run({ failOn: { new: true } })
      expect(failing(beside)).toEqual([LATER])
      expect(beside.record.scan?.comparison).toEqual(again.record.scan?.comparison)
    })

    test("in its place, so that every finding is new", async () => {
      for (const [at, bundle] of forged.entries()) await registry.attach(image, bundle, { alone: at === 0 })
      const instead = await run({ failOn: { new: true } })
      expect(failing(instead)).toEqual([LATER, OLD])
      expect(instead.record.failure?.message).toMatch(/findings count as new: linux\/amd64: .*vulnerability report/)
    })
  })
})

/** The bundles of the vulnerability reports, by any signer. */
async function reportsOf(image: DigestRef): Promise<string[]> {
  return (await registry.bundles(image)).filter((text) => statementOf(text).predicateType === VULN)
}

/** Another key signs the same report. */
async function attestByAnother(image: DigestRef, predicate: string): Promise<void> {
  const module = slipway()
  const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
  const { key: theirs } = await createEphemeralKey({ cosignImage, run: newRun() })
  const attestations = [{ type: VULN, predicate: dag.file("vuln.json", predicate) }]
  const signing = { cosignImage, craneImage, access: registry.access, run: newRun(), key: theirs }
  await attestDigests([{ ref: image, attestations }], signing)
}

const VULN = PREDICATE_TYPES.vuln

type Statement = { predicateType: string; predicate: unknown }

function statementOf(bundle: string): Statement {
  return JSON.parse(Buffer.from(JSON.parse(bundle).dsseEnvelope.payload, "base64").toString())
}

/** A bundle with another statement in the envelope of a genuine one. */
function forge(genuine: string, statement: Statement, envelope: { signatures?: [] }): Bundle {
  const bundle = JSON.parse(genuine)
  const payload = Buffer.from(JSON.stringify(statement)).toString("base64")
  const content = JSON.stringify({ ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload, ...envelope } })
  return { content, predicateType: VULN }
}
