import { cpSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect } from "vitest"
import { DEFAULT_BRANCH, type Runner } from "./ci-job.ts"
import { commitFolder } from "./commit-folder.ts"
import { deployment } from "./deployment.ts"
import { startGateway } from "./gateway.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { CI_ISSUER } from "./oidc-issuer.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { startTransparencyLog } from "./transparency-log.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const OVERLAY = "overlays/production"
const DOCKERFILE = `FROM debian:bookworm-slim AS test
COPY Dockerfile /
CMD ["grep", "USER 7", "/Dockerfile"]
FROM gcr.io/distroless/static-debian12:latest
COPY Dockerfile /
USER 7
`

let registry: TestRegistry
/** Registry and Sigstore's services at one port, as the command line binds one. */
let gateway: number
let sigstore: PrivateSigstore
/** The flags for the private instance in the place of the public one. */
let instance: string
const servers: GitServer[] = []
/** Starts registry and Sigstore for the jobs of a test file, in its session. */
export async function startCi(): Promise<void> {
  const [started, log] = await Promise.all([startRegistry(), startTransparencyLog()])
  registry = started
  sigstore = await startPrivateSigstore(registry.port, log.port)
  const { fulcio, stamping } = sigstore.ports
  gateway = await startGateway({
    ...{
      "/v2/": registry.port,
      "/api/v2/signingCert": fulcio,
      "/api/v2/log/": log.port,
      "/api/v1/timestamp": stamping,
    },
  })
  const folder = mkdtempSync(join(tmpdir(), "slipway-sigstore-"))
  const { signingConfig, trustedRoot } = sigstore.described(log, `http://registry.test:${gateway}`)
  const files = { "signing-config": signingConfig, "trusted-root": trustedRoot }
  const flags = Object.entries(files).map(async ([name, file]) => `--${name}=${await file.export(join(folder, name))}`)
  instance = [`--issuer=${CI_ISSUER}`, ...(await Promise.all(flags))].join(" ")
}

export function stopCi(): void {
  for (const server of servers) server.stop()
}

/** Of both CI systems, as the issuer here knows those of GitHub alone. */
const WORKFLOW = `Acme/App/.github/workflows/ship.yml@refs/heads/${DEFAULT_BRANCH}`
export const IDENTITY = `https://github.com/${WORKFLOW}`
const host = () => `registry.test:${gateway}`

/** A checkout as a CI job has it, a folder outside of it, and the team's GitOps repository. */
export type Project = { folder: string; outside: string; sha: string; git: GitServer }

export async function project(name: string): Promise<Project> {
  const git = await startGitServer({
    [`${OVERLAY}/kustomization.yaml`]: "resources: [hello.yaml]\n",
    [`${OVERLAY}/hello.yaml`]: deployment("hello"),
  })
  servers.push(git)
  const where = `gitops: { repo: "${git.url("git.test")}", path: ${OVERLAY}, imageName: hello }`
  const settings = `repository: ${host()}/acme/${name}\nplatforms: [linux/amd64]\ntags: ["{sha}", latest]\n${where}\n`
  const folder = commitFolder({
    branch: DEFAULT_BRANCH,
    tags: [],
    files: { Dockerfile: DOCKERFILE, "slipway.yaml": settings },
  })
  const sha = readFileSync(join(folder, `.git/refs/heads/${DEFAULT_BRANCH}`), "utf8").trim()
  return { folder, outside: mkdtempSync(join(tmpdir(), "slipway-ci-")), sha, git }
}

/** The registry and the git server of this test stand where the lines have the forge's own. */
function hereOf(git: GitServer): (line: string) => string {
  return (line) =>
    line
      .replaceAll(/https:\/\/git(hub|lab)\.com\/acme\/deploy(\.git)?/g, git.url("git.test"))
      .replaceAll("--git-token=env:GITOPS_TOKEN", `--git-service=tcp://127.0.0.1:${git.port}`)
      .replaceAll(/--registry-password=[\w:]+/g, `$& --registry-service=tcp://127.0.0.1:${gateway} --plain-http`)
      .replaceAll(/--request-url=env:\w+ --request-token=env:\w+/g, "--identity-token=env:SIGSTORE_ID_TOKEN")
      .replaceAll(/--identity-token=env:\w+/g, `$& ${instance}`)
      .replaceAll("ghcr.io/", `${host()}/`)
}

function runner({ git, folder }: Project, variables: Record<string, string>): Runner {
  const secrets = {
    ...{ GITHUB_TOKEN: "of the job", GITOPS_TOKEN: "a token" },
  }
  const here = { SLIPWAY: ROOT, VULNERABILITYDB: vulnerabilityDbFolder() }
  return { cwd: folder, here: hereOf(git), secrets, variables: { ...variables, ...here } }
}

export function onGithub(project: Project): Runner {
  return runner(project, {
    ...{ GITHUB_ACTOR: "octocat", GITHUB_REPOSITORY: "Acme/App", GITHUB_SERVER_URL: "https://github.com" },
    ...{
      GITHUB_REF: `refs/heads/${DEFAULT_BRANCH}`,
      GITHUB_SHA: project.sha,
      GITHUB_RUN_ID: "7",
      RUNNER_TEMP: project.outside,
    },
    GITHUB_WORKFLOW_REF: WORKFLOW,
    // a request needs an https:// address from within the engine; ship-keyless.test.ts makes requests on this machine
    SIGSTORE_ID_TOKEN: sigstore.workflowToken(WORKFLOW, 900),
  })
}

export function onGitlab(project: Project): Runner {
  return runner(project, {
    ...{ CI_PROJECT_URL: "https://gitlab.com/acme/app", CI_PIPELINE_URL: "https://gitlab.com/acme/app/-/pipelines/7" },
    ...{
      CI_COMMIT_BRANCH: DEFAULT_BRANCH,
      CI_DEFAULT_BRANCH: DEFAULT_BRANCH,
      CI_COMMIT_SHA: project.sha,
      CI_RUNNER_ID: "3",
    },
    ...{ CI_SERVER_URL: "https://gitlab.com", CI_CONFIG_PATH: ".gitlab-ci.yml" },
    CI_CONFIG_REF_URI: IDENTITY.replace("https://", ""),
    SIGSTORE_ID_TOKEN: sigstore.workflowToken(WORKFLOW, 900),
    ...{ CI_REGISTRY_USER: "ci", CI_REGISTRY_PASSWORD: "of the job", CI_PROJECT_DIR: project.folder },
  })
}

const CHECKOUT = [".git", "Dockerfile", "slipway.yaml"]

/** Each job has a checkout of its own, with what the one before handed over, and nothing else that it wrote. */
export function checkout(project: Project, ...handed: string[]): Project {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ci-"))
  for (const name of [...CHECKOUT, ...handed]) {
    cpSync(join(project.folder, name), join(folder, name), { recursive: true })
  }
  return { ...project, folder }
}

/** The tag of the commit, latest on the default branch whatever that is called, and what the overlay says after it. */
export async function expectDelivered(image: string, { git, sha }: Project): Promise<void> {
  const { digest } = await registry.manifest(image, sha)
  expect((await registry.manifest(image, "latest")).digest).toBe(digest)
  const overlay = git.git("show", `main:${OVERLAY}/kustomization.yaml`)
  expect(overlay).toContain(`newName: ${host()}/${image}`)
  expect(overlay).toContain(`digest: ${digest}`)
  expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
}

export function signerOf({ folder }: Project): string {
  return JSON.parse(readFileSync(join(folder, "reports/release.json"), "utf8")).signature.signer
}

/** Every repository of the registry. */
export async function repositories(): Promise<string[]> {
  return Object.keys(await registry.snapshot())
}
