import { mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { GITHUB_SERVICES, githubWorkflow } from "../examples/ci-file.ts"
import { runGithubJob } from "./ci-job.ts"
import { commitFolder } from "./commit-folder.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { CAN_HAVE_OWN, type OwnEngine, startOwnEngine } from "./own-engine.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const SERVICES = ["api", "orders", "web", "worker"]
const OVERLAY = "overlays/production"

let registry: TestRegistry
let git: GitServer
let key: SigningKeyFiles
const engines: OwnEngine[] = []
beforeAll(async () => {
  if (!CAN_HAVE_OWN) return
  const overlay = Object.fromEntries(SERVICES.map((name) => [`${OVERLAY}/${name}.yaml`, deployment(name)]))
  const kustomization = { [`${OVERLAY}/kustomization.yaml`]: `resources: [${SERVICES.join(".yaml, ")}.yaml]\n` }
  ;[registry, git, key] = await Promise.all([
    startRegistry(),
    startGitServer({ ...overlay, ...kustomization }),
    makeSigningKey(),
  ])
  // the helpers of this test stay on the engine of the other tests
  const shared = process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"]
  for (const name of ["one", "two"]) engines.push(await startOwnEngine(name))
  process.env["_EXPERIMENTAL_DAGGER_RUNNER_HOST"] = shared
})
afterAll(async () => {
  git?.stop()
  for (const engine of engines) await engine.remove()
})

/** The checkout that each job has. */
function checkout(): string {
  const place = `gitops: { repo: "${git.url("git.test")}", path: ${OVERLAY} }`
  const each = SERVICES.map((name) => `  ${name}: { gitops: { imageName: ${name} } }`)
  const settings = `repository: registry.test:${registry.port}/acme\nplatforms: [linux/amd64]\ntest: false\n${place}\n`
  const images = SERVICES.map((name) => [
    `${name}/Dockerfile`,
    `FROM gcr.io/distroless/static-debian12:latest\nCOPY . /${name}\n`,
  ])
  return commitFolder({
    branch: "main",
    tags: [],
    files: { ...Object.fromEntries(images), "slipway.yaml": `${settings}services:\n${each.join("\n")}\n` },
  })
}

type Job = { folder: string; engine: OwnEngine | undefined; services?: string }

/** Runs a job of the example on an engine; returns the record that it leaves. */
async function runJob(name: string, { folder, engine, services = "" }: Job) {
  const workflow = githubWorkflow(GITHUB_SERVICES)
  const here = (line: string) =>
    line
      .replace("${{ matrix.services }}", services)
      .replace("--git-token=env:GITOPS_TOKEN", `--git-service=tcp://127.0.0.1:${git.port}`)
      .replace(/--registry-password=\S+/, `$& --registry-service=tcp://127.0.0.1:${registry.port} --plain-http`)
      .replace(
        /--request-url=\S+ --request-token=\S+/,
        "--cosign-key=env:COSIGN_KEY --cosign-password=env:COSIGN_PASSWORD",
      )
      .replaceAll("--path=reports", `--path=${reports}`)
      .replaceAll(" reports/", ` ${reports}/`)
  const reports = mkdtempSync(join(tmpdir(), "slipway-reports-"))
  const forge = { GITHUB_ACTOR: "octocat", GITHUB_REPOSITORY: "acme/app", GITHUB_SERVER_URL: "https://github.com" }
  const variables = {
    ...{ ...forge, GITHUB_REF: "refs/heads/main", GITHUB_RUN_ID: "7", GITHUB_EVENT_NAME: "push" },
    GITHUB_WORKFLOW_REF: "acme/app/.github/workflows/ship.yml@refs/heads/main",
    ...{ COSIGN_KEY: readFileSync(key.privateKey, "utf8"), COSIGN_PASSWORD: key.password },
    ...{ SLIPWAY: ROOT, VULNERABILITYDB: vulnerabilityDbFolder() },
    _EXPERIMENTAL_DAGGER_RUNNER_HOST: String(engine?.host),
  }
  const secrets = { GITHUB_TOKEN: "of the job", GITOPS_TOKEN: "a token" }
  await runGithubJob(workflow, workflow.jobs[name] ?? { steps: [] }, { cwd: folder, variables, secrets, here })
  return JSON.parse(readFileSync(join(reports, "release.json"), "utf8"))
}

type Services = Record<string, { status: string; release: { published: string; adopted?: boolean } }>

describe.skipIf(!CAN_HAVE_OWN)("the jobs of the example for several services", () => {
  test("prepare four services on two engines, and deploy them in one commit", async () => {
    const folder = checkout()
    const [one, two] = engines
    const prepared: { services: Services }[] = await Promise.all([
      runJob("prepare", { folder, engine: one, services: "api,orders" }),
      runJob("prepare", { folder, engine: two, services: "web,worker" }),
    ])
    expect(prepared.map(({ services }) => Object.keys(services))).toEqual([
      ["api", "orders"],
      ["web", "worker"],
    ])
    const images = Object.assign({}, ...prepared.map(({ services }) => services)) as Services
    expect(Object.values(images).map(({ status }) => status)).toEqual(SERVICES.map(() => "prepared"))
    expect(git.git("rev-list", "--count", "main").trim(), "nothing is deployed").toBe("1")

    const { ok, services }: { ok: boolean; services: Services } = await runJob("ship", { folder, engine: one })
    expect(ok).toBe(true)
    expect(git.git("rev-list", "--count", "main").trim(), "one commit").toBe("2")
    const overlay = git.git("show", `main:${OVERLAY}/kustomization.yaml`)
    for (const name of SERVICES) {
      const published = images[name]?.release.published ?? "missing"
      expect(services[name], "also those of the other engine").toMatchObject({
        status: "shipped",
        release: { published, adopted: true },
      })
      expect(overlay).toContain(published.slice(published.indexOf("sha256:")))
    }
  })
})
