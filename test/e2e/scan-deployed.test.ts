import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { type Directory, dag, type Secret } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { DeployedRecord } from "../../lib/deployed/record.ts"
import { newRun } from "../../lib/engine/tool.ts"
import { createEphemeralKey } from "../../lib/sign/cosign-run.ts"
import type { DeployedScan } from "../../src/api/deployed-scan.ts"
import { FailOn, Severity } from "../../src/enums.ts"
import type { Slipway } from "../../src/index.ts"
import { GitlabReport } from "../scan/gitlab-schema.ts"
import { daggerCall } from "./dagger-call.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { DEBIAN, type ImageFiles, imageLayout, LODASH } from "./scan-image.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

/** The report of the release knows nothing of lodash; today's database knows nothing of coreutils any more. */
const [NEW, HIGH, GONE] = ["CVE-2019-10744", "CVE-2023-2603", "CVE-2016-2781"]

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
/** Images by name: `api` has the new finding, `web` the one that is gone, and another key signed the report of `cache`. */
let refs: Record<"api" | "web" | "cache", string>
const BOTH = ["linux/amd64", "linux/arm64"]
const address = (name: string) => `registry.test:${registry.port}/team/${name}`

beforeAll(async () => {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  const [api, web, cache] = await Promise.all([
    release("api", { files: { ...DEBIAN, ...LODASH }, platforms: BOTH }),
    release("web", { files: DEBIAN, platforms: BOTH }),
    release("cache", { files: LODASH, platforms: ["linux/amd64"], unknown: GONE, by: await anotherKey() }),
  ])
  await opened().registry.tag(cache, ["7"])
  refs = { api, web, cache }
  git = await startGitServer({ "README.md": "GitOps\n" })
  const bump = `Bump api\n\nSlipway-Bump: prod/api api ${api}\nSource-Revision: ${"f00d".repeat(10)}\n`
  commit("main", bump, {
    "prod/api/kustomization.yaml": `images:\n- name: api\n  newName: ${address("api")}\n  digest: ${api.split("@")[1]}\n`,
    "prod/cache.yaml": `containers: [{ name: cache, image: "${address("cache")}:7" }]\n`,
    "charts/redis.yaml": `ref: { digest: "sha256:${"0c".repeat(32)}" }\n`,
  })
  commit("staging", "Set up staging", {
    "api/values.yaml": `image: ${api}\n`,
    "web/values.yaml": `image:\n  repository: ${address("web")}\n  tag: "1.0"\n  digest: ${web.split("@")[1]}\n`,
  })
})
afterAll(() => git?.stop())

/** The module with today's database, or the one of the release. */
function opened(unknown = GONE, more: Parameters<typeof slipway>[0] = {}): Slipway {
  const service = dag.host().service([{ frontend: registry.port, backend: registry.port }], { host: "127.0.0.1" })
  const vulnerabilityDb = dag.host().directory(vulnerabilityDbFolder(unknown))
  return slipway({ registryService: service, plainHttp: true, vulnerabilityDb, ...more })
}

/** `unknown` is the advisory that the report does not know; `by` is the key that signs it. */
type Release = { files: ImageFiles; platforms: string[]; unknown?: string; by?: Signing }
type Signing = { key: Secret; password: Secret }

/** Publishes an image with a signed report of each platform, as ship does. */
async function release(name: string, { files, platforms, unknown = NEW, by }: Release): Promise<string> {
  const layout = imageLayout(Object.fromEntries(platforms.map((platform) => [platform, files])))
  const { key: cosignKey, password: cosignPassword } = by ?? (await signingSecrets(key))
  const there = opened(unknown, { cosignKey, cosignPassword })
  const [ref, scan] = await Promise.all([there.publish(layout, address(name)), there.scan(layout)])
  const { body } = await registry.manifest(`team/${name}`, ref.split("@")[1] ?? "")
  for (const { digest, platform } of body.manifests ?? []) {
    const report = scan.reports.file(`${platform?.os}-${platform?.architecture}/vuln.cosign.json`)
    await there.signature.attest(`${address(name)}@${digest}`, report, "vuln")
  }
  return ref
}

/** A key that no test trusts. */
async function anotherKey(): Promise<Signing> {
  const { key: theirs } = await createEphemeralKey({ cosignImage: slipway()["cosignImage"], run: newRun() })
  return theirs as Signing
}

function commit(branch: string, message: string, files: Record<string, string>): void {
  const work = mkdtempSync(join(tmpdir(), "slipway-branch-"))
  const who = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.example"]
  const run = (...args: string[]) => execFileSync("git", ["-C", work, ...who, ...args], { stdio: "ignore" })
  run("init", `--initial-branch=${branch}`)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true })
    writeFileSync(join(work, path), text)
  }
  run("add", ".")
  run("commit", "-m", message)
  execFileSync("git", ["-C", work, "push", "--force", bare(), branch], { stdio: "ignore" })
  rmSync(work, { recursive: true })
}

const bare = () => git.git("rev-parse", "--absolute-git-dir").trim()

const settings = (more = "") => `repository: ${address("api")}
gitops: { repo: "${git.url("git.test")}", path: prod/api, imageName: api }
deployed: [{ branches: [main, staging] }]
sign: { publicKey: cosign.pub }
scan: { scanners: [vuln]${more} }
`

function source(more?: string): Directory {
  const publicKey = dag.host().file(key.publicKey)
  return dag.directory().withNewFile("slipway.yaml", settings(more)).withFile("cosign.pub", publicKey)
}

const here = () => opened(GONE, { gitService: git.service() })
const commitOf = (branch: string) => git.git("rev-parse", branch).trim().slice(0, 12)
const dateOf = (branch: string) =>
  new Date(Number(git.git("log", "-1", "--format=%ct", branch)) * 1000).toISOString().slice(0, 10)

/** The text without what differs from run to run: times of the database and of reports. */
const stable = (text: string) => text.replace(/(?<=database of |report by Trivy of )\S+Z/g, "TIME")

describe("three images of two branches", () => {
  let scan: DeployedScan
  let record: DeployedRecord
  beforeAll(async () => {
    scan = await here().deployedScan(source())
    record = DeployedRecord.parse(JSON.parse(await scan.record.contents()))
  })

  test("fail by what is new since the signed reports, with exactly this output", async () => {
    const [main, staging] = [commitOf("main"), commitOf("staging")]
    const digests = await Promise.all(
      Object.entries(refs).map(async ([name, ref]) => {
        const { body } = await registry.manifest(`team/${name}`, ref.split("@")[1] ?? "")
        return [name, (body.manifests ?? []).map(({ digest }) => digest)] as const
      }),
    )
    const { api = [], web = [], cache = [] } = Object.fromEntries(digests)
    expect(scan.ok).toBe(false)
    expect(stable(scan.text).split("\n")).toEqual([
      "failed: 2 new findings at or above HIGH in 2 of 3 deployed images, by Trivy 0.74.0, database of TIME (less than an hour old)",
      "",
      `${refs.api}  failed: 1 new, 1 unchanged, 1 fixed since`,
      `  runs by prod/api/kustomization.yaml on main since ${main}, bump of f00df00df00d by Ann on ${dateOf("main")}`,
      `  runs by api/values.yaml on staging since ${staging}, commit by Ann on ${dateOf("staging")}`,
      `  linux/amd64   ${api[0]}  1 CRITICAL, 1 HIGH  (debian 12.8)`,
      `  linux/arm64   ${api[1]}  1 CRITICAL, 1 HIGH  (debian 12.8)`,
      "  compared with its signed report by Trivy of TIME",
      "  SEVERITY  FINDING         PACKAGE  INSTALLED  STATE       WHAT FIXES IT",
      `  CRITICAL  ${NEW}  lodash   4.17.11    new, fails  package update: lodash 4.17.12`,
      `  fixed since: MEDIUM ${GONE} in coreutils 9.1-1`,
      "",
      `${refs.cache}  failed: 1 new, 0 unchanged, 0 fixed since`,
      `  runs by prod/cache.yaml on main since ${main}, commit by Ann on ${dateOf("main")}`,
      `  by the tag ${address("cache")}:7, resolved now: the cluster may run another digest`,
      `  linux/amd64   ${cache[0]}  1 CRITICAL`,
      "  compared with no report",
      "  all findings count as new: linux/amd64: no vulnerability report by the signer",
      "  SEVERITY  FINDING         PACKAGE  INSTALLED  STATE       WHAT FIXES IT",
      `  CRITICAL  ${NEW}  lodash   4.17.11    new, fails  package update: lodash 4.17.12`,
      "",
      `${refs.web}  passed: 0 new, 1 unchanged, 1 fixed since`,
      `  runs by web/values.yaml on staging since ${staging}, commit by Ann on ${dateOf("staging")}`,
      `  linux/amd64   ${web[0]}  1 HIGH  (debian 12.8)`,
      `  linux/arm64   ${web[1]}  1 HIGH  (debian 12.8)`,
      "  compared with its signed report by Trivy of TIME",
      `  fixed since: MEDIUM ${GONE} in coreutils 9.1-1`,
      "",
      `not scanned: sha256:${"0c".repeat(32)} in charts/redis.yaml on main, which is a chart, or has no repository`,
      "",
    ])
  })

  test("are a record by which programs see what is new, where it runs and what fixes it", () => {
    const states = record.images.map(({ findings }) => findings.map(({ id, state, fix }) => [id, state, fix.kind]))
    expect(states).toEqual([
      [
        [NEW, "new", "package"],
        [HIGH, "unchanged", "base"],
      ],
      [[NEW, "new", "package"]],
      [[HIGH, "unchanged", "base"]],
    ])
    expect(record.images.map(({ environments }) => environments.length)).toEqual([2, 1, 1])
    expect(record.images[0]?.environments[0]?.since?.source).toEqual({ revision: "f00d".repeat(10) })
  })

  test("are SARIF that the gate for other scanners accepts, with a category for each image", async () => {
    const gated = here().gateSarif(scan.sarif, Severity.HIGH)
    await expect(gated).rejects.toThrow(/^GATE_FAILED: expected no finding at or above HIGH, got 3 findings\./)
    const { runs } = JSON.parse(await scan.sarif.contents())
    const found = runs.map(({ automationDetails, results }: SarifRun) => [automationDetails.id, stateOf(results)])
    expect(found).toEqual([
      [`slipway/deployed/${address("api")}/`, { [NEW]: "new", [HIGH]: "unchanged" }],
      [`slipway/deployed/${address("cache")}/`, { [NEW]: "new" }],
      [`slipway/deployed/${address("web")}/`, { [HIGH]: "unchanged" }],
    ])
  })

  test("are a folder of reports for CI systems", async () => {
    const files = ["deployed.html", "deployed.json", "deployed.txt", "findings.sarif"]
    const entries = [...files, "gl-container-scanning-report.json", "summary.md"]
    expect((await scan.reports.entries()).toSorted()).toEqual(entries)
    const gitlab = JSON.parse(await scan.reports.file("gl-container-scanning-report.json").contents())
    expect(GitlabReport.parse(gitlab).vulnerabilities).toHaveLength(4)
    expect(await scan.reports.file("summary.md").contents()).toContain(`| \`${refs.api}\` | **failed** | 1 | 1 | 1 |`)
  })
})

type SarifRun = { automationDetails: { id: string }; results: { ruleId: string; baselineState: string }[] }

function stateOf(results: SarifRun["results"]): Record<string, string> {
  return Object.fromEntries(results.map(({ ruleId, baselineState }) => [ruleId, baselineState]))
}

describe("the exit code", () => {
  const web: [undefined, string[], string[]] = [undefined, ["staging"], ["web"]]

  test("is 1 for fail-on=any, if the same is only known", async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-deployed-"))
    await source().export(folder)
    const access = [
      `--registry-service=tcp://127.0.0.1:${registry.port}`,
      "--plain-http",
      `--vulnerability-db=${vulnerabilityDbFolder(GONE)}`,
      `--git-service=tcp://127.0.0.1:${git.port}`,
    ]
    const flags = ["--fail-on=any", "--gitops-branches=staging", "--gitops-paths=web"]
    const { code, stdout, stderr } = await daggerCall([...access, "scan-deployed", `--source=${folder}`, ...flags])
    expect({ code, stdout }, stderr).toEqual({ code: 1, stdout: "" })
    expect(stderr).toContain("GATE_FAILED: expected no finding at or above HIGH in the deployed images")
  })

  test("is that of a result for fail-on=none, whatever is found", async () => {
    const text = await here().scanDeployed(source(), FailOn.NONE)
    expect(text).toMatch(/^passed: 4 findings at or above HIGH in 3 of 3/)
  })

  test("is that of a result for fail-on=new, if nothing is new", async () => {
    const text = await here().scanDeployed(source(), FailOn.NEW, ...web)
    expect(text).toMatch(/^passed: nothing new at or above HIGH in 1 /)
  })

  test("is that of an error for fail-on=new, with the same text", async () => {
    const failed = here().scanDeployed(source(), FailOn.NEW)
    await expect(failed).rejects.toThrow(
      /^GATE_FAILED: expected no new finding .*\n\nfailed: 2 new findings at or above HIGH in 2 of 3/s,
    )
  })
})

test("a registry that does not respond is an error whatever fail-on is, never an image without findings", async () => {
  commit("dead", "Name another", { "app.yaml": `image: 127.0.0.1:9/team/app@sha256:${"0d".repeat(32)}\n` })
  const dead = here().scanDeployed(source(), FailOn.NONE, undefined, ["dead"])
  await expect(dead).rejects.toThrow(
    /^REGISTRY_FAILED: expected to scan every deployed image, got 1 of 1 .*NOT SCANNED/s,
  )
})

test("an exception is named before it ends", async () => {
  const expires = new Date(Date.now() + 5 * 86_400_000).toISOString().slice(0, 10)
  const exception = `{ id: ${HIGH}, reason: not reachable, owner: team-web, expires: "${expires}" }`
  const web: [undefined, string[], string[]] = [undefined, ["staging"], ["web"]]
  const text = await here().scanDeployed(source(`, exceptions: [${exception}]`), FailOn.ANY, ...web)
  expect(text).toMatch(/^passed: nothing at or above HIGH in 1 deployed image/)
  expect(text).toContain(`  excepted: ${HIGH} in libcap2 1:2.66-4: not reachable (team-web, until ${expires})\n`)
  // in 4 days, if midnight came in between
  const soon = `ends soon: the exception for ${HIGH} by team-web, on ${expires}, in [45] days: it covers a finding in 1 image`
  expect(text).toMatch(new RegExp(`^${soon}$`, "m"))
})
