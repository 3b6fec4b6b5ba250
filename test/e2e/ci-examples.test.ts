import { cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { dag, ReturnType } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse, stringify } from "yaml"
import { githubWorkflow as initWorkflow, scheduledWorkflow } from "../../lib/init/ci-system.ts"
import {
  ciText,
  GITHUB,
  GITHUB_PREVIEW,
  GITHUB_REFRESH,
  GITHUB_SCHEDULED,
  GITHUB_SERVICES,
  GITLAB,
  GITLAB_PREVIEW,
  GITLAB_REFRESH,
  GITLAB_SCHEDULED,
  GITLAB_SERVICES,
  githubWorkflow,
  gitlabJobs,
  type Workflow,
} from "../examples/ci-file.ts"
import { DEFAULT_BRANCH, type Runner, runGithubJob, runGitlabJob } from "./ci-job.ts"
import { commitFolder } from "./commit-folder.ts"
import { deployment } from "./deployment.ts"
import { startGateway } from "./gateway.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { CI_ISSUER } from "./oidc-issuer.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { startTransparencyLog } from "./transparency-log.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const ACTIONLINT = "docker.io/rhysd/actionlint:1.7.12"
/** An engine behind a proxy adds that proxy's authority to the system's, which Python does not ask by itself. */
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
const CERTIFICATES = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"]
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
beforeAll(async () => {
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
})
afterAll(() => {
  for (const server of servers) server.stop()
})

/** Of both CI systems, as the issuer here knows those of GitHub alone. */
const WORKFLOW = `Acme/App/.github/workflows/ship.yml@refs/heads/${DEFAULT_BRANCH}`
const IDENTITY = `https://github.com/${WORKFLOW}`
const host = () => `registry.test:${gateway}`

/** A checkout as a CI job has it, a folder outside of it, and the team's GitOps repository. */
type Project = { folder: string; outside: string; sha: string; git: GitServer }

async function project(name: string): Promise<Project> {
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

function onGithub(project: Project): Runner {
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

function onGitlab(project: Project): Runner {
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
function checkout(project: Project, ...handed: string[]): Project {
  const folder = mkdtempSync(join(tmpdir(), "slipway-ci-"))
  for (const name of [...CHECKOUT, ...handed]) {
    cpSync(join(project.folder, name), join(folder, name), { recursive: true })
  }
  return { ...project, folder }
}

/** The tag of the commit, latest on the default branch whatever that is called, and what the overlay says after it. */
async function expectDelivered(image: string, { git, sha }: Project): Promise<void> {
  const { digest } = await registry.manifest(image, sha)
  expect((await registry.manifest(image, "latest")).digest).toBe(digest)
  const overlay = git.git("show", `main:${OVERLAY}/kustomization.yaml`)
  expect(overlay).toContain(`newName: ${host()}/${image}`)
  expect(overlay).toContain(`digest: ${digest}`)
  expect(git.git("rev-list", "--count", "main").trim()).toBe("2")
}

function signerOf({ folder }: Project): string {
  return JSON.parse(readFileSync(join(folder, "reports/release.json"), "utf8")).signature.signer
}

type Rehearsal = { source: Project; checkedOut: Project; printed: string }
let rehearsal: Promise<Rehearsal> | undefined

/** Once for both: what a pull request and a merge request are rehearsed by is one and the same line. */
function rehearseOnGithub(): Promise<Rehearsal> {
  const run = async () => {
    const file = githubWorkflow("github.yml")
    const source = await project("github")
    const checkedOut = checkout(source)
    const printed = await runGithubJob(file, file.jobs["rehearse"] ?? { steps: [] }, onGithub(checkedOut))
    return { source, checkedOut, printed }
  }
  rehearsal ??= run()
  return rehearsal
}

// Every line, as a runner would run it; the chains share engine and registry, and wait for each other's processors alone.
describe.concurrent("the lines of the GitHub examples", () => {
  const jobOf = (file: Workflow, name: string) => file.jobs[name] ?? { steps: [] }

  test("rehearse a pull request, ship a push, and find it shipped on the engine that stays", async () => {
    const file = githubWorkflow("github.yml")
    const { source, printed } = await rehearseOnGithub()
    expect(printed).toContain("✅ Rehearsed")
    expect(await registry.snapshot()).not.toHaveProperty("acme/github")
    const delivered = checkout(source)
    expect(await runGithubJob(file, jobOf(file, "ship"), onGithub(delivered))).toContain("✅ Shipped")
    await expectDelivered("acme/github", source)
    expect(signerOf(delivered), "by the job's own identity").toBe(`${IDENTITY} with issuer ${CI_ISSUER}`)
    const staying = githubWorkflow("github-persistent.yml")
    const again = checkout(source)
    await runGithubJob(staying, jobOf(staying, "ship"), onGithub(again))
    expect(readFileSync(join(again.folder, "reports/release.txt"), "utf8")).toContain("ALREADY SHIPPED")
    expect(existsSync(join(again.folder, "reports/scan/findings.sarif")), "findings to upload").toBe(false)
    expect(jobOf(staying, "rehearse")).toEqual(jobOf(file, "rehearse"))
  })

  test("built in one job, release in another what was handed over", async () => {
    const file = githubWorkflow("github-split.yml")
    const source = await project("github-split")
    await runGithubJob(file, jobOf(file, "build"), onGithub(source))
    expect(await registry.snapshot()).not.toHaveProperty("acme/github-split")
    expect(await runGithubJob(file, jobOf(file, "release"), onGithub(checkout(source)))).toContain("✅ Shipped")
    await expectDelivered("acme/github-split", source)
  })
})

describe.concurrent("the lines of the GitLab examples", () => {
  const jobOf = (file: string, name: string) => gitlabJobs(file)[name] ?? { script: [] }

  test("rehearse a merge request and ship a push; on an engine that stays they are the same", async () => {
    const source = await project("gitlab")
    const { script } = jobOf("gitlab-ci.yml", "rehearse")
    const { steps } = githubWorkflow("github.yml").jobs["rehearse"] ?? { steps: [] }
    expect(steps.map(({ run }) => run)).toContain(script[0])
    const { checkedOut } = await rehearseOnGithub()
    const rehearsed = await runGitlabJob({ script: script.slice(1) }, { ...onGitlab(source), cwd: checkedOut.folder })
    expect(rehearsed).toContain("REHEARSAL: nothing left this engine")
    expect(await registry.snapshot()).not.toHaveProperty("acme/gitlab")
    const delivered = checkout(source)
    await runGitlabJob(jobOf("gitlab-ci.yml", "ship"), onGitlab(delivered))
    expect(signerOf(delivered), "by the job's own identity").toBe(`${IDENTITY} with issuer ${CI_ISSUER}`)
    await expectDelivered("acme/gitlab", source)
    for (const name of ["rehearse", "ship"]) {
      expect(jobOf("gitlab-ci-persistent.yml", name).script).toEqual(jobOf("gitlab-ci.yml", name).script)
    }
  })

  test("built in one job, release in another what was handed over", async () => {
    const source = await project("gitlab-split")
    await runGitlabJob(jobOf("gitlab-ci-split.yml", "build"), onGitlab(source))
    const next = checkout(source, "built")
    await runGitlabJob(jobOf("gitlab-ci-split.yml", "release"), onGitlab(next))
    const record = JSON.parse(readFileSync(join(next.folder, "reports/release.json"), "utf8"))
    expect(record.source, "the checkout as the release saw it").toMatchObject({ revision: source.sha, dirty: false })
    await expectDelivered("acme/gitlab-split", source)
  })
})

describe("the files are what their CI systems take", () => {
  test("GitHub's, also init's for a key and a KMS, as actionlint judges, shell included", async () => {
    const ways = (["key", "kms"] as const).flatMap((signing) => [
      [`${signing}.yml`, initWorkflow({ module: "m@1", signing })],
      [`${signing}-scheduled.yml`, scheduledWorkflow({ module: "m@1", signing })],
    ])
    const texts = [
      ...[...GITHUB, GITHUB_SERVICES, GITHUB_REFRESH, GITHUB_SCHEDULED, GITHUB_PREVIEW].map((name) => [
        name,
        ciText(name),
      ]),
      ...ways,
    ]
    const files = texts.reduce((all, [name = "", text = ""]) => all.withNewFile(name, text), dag.directory())
    const lint = dag.container().from(ACTIONLINT).withMountedDirectory("/ci", files).withWorkdir("/ci")
    expect(await lint.withExec(["actionlint", "-no-color", ...texts.map(([name = ""]) => name)]).stdout()).toBe("")
  })

  test("GitLab's, by GitLab's own schema, which refuses what it does not know", async () => {
    const names = [...GITLAB, GITLAB_SERVICES, GITLAB_REFRESH, GITLAB_SCHEDULED, GITLAB_PREVIEW]
    const files = names.reduce((all, name) => all.withNewFile(name, wholeJobs(name)), dag.directory())
    const [right = ""] = GITLAB
    const wrong = {
      "keyword.yml": ["resource_group:", "resource_groups:"],
      "value.yml": ["when: always", "when: often"],
    }
    const all = Object.entries(wrong).reduce(
      (folder, [name, [from = "", to = ""]]) => folder.withNewFile(name, wholeJobs(right).replace(from, to)),
      files,
    )
    const python = dag
      .container()
      .from("python:3.11-slim")
      .with((pip) => CERTIFICATES.reduce((at, name) => at.withEnvVariable(name, BUNDLE), pip))
      .withExec(["pip", "install", "--quiet", "--root-user-action=ignore", "check-jsonschema==0.39.0"])
      .withMountedDirectory("/ci", all)
      .withWorkdir("/ci")
    const check = ["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
    expect(await python.withExec([...check, ...names]).stdout()).toContain("ok")
    for (const name of Object.keys(wrong)) {
      const judged = python.withExec([...check, name], { expect: ReturnType.Failure })
      expect(await judged.stdout(), name).toContain(name)
    }
  })
})

/** With the templates' keywords in the jobs that extend them: the schema takes anything in a template. */
function wholeJobs(name: string): string {
  const { stages, variables } = parse(ciText(name))
  return stringify({ stages, variables, ...gitlabJobs(name) })
}
