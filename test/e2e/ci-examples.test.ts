import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { dag, ReturnType } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse, stringify } from "yaml"
import { ciText, GITHUB, GITLAB, githubWorkflow, gitlabJobs } from "../examples/ci-file.ts"
import { type Runner, runGithubJob, runGitlabJob } from "./ci-job.ts"
import { commitFolder } from "./commit-folder.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { makeSigningKey, type SigningKeyFiles } from "./signing-key.ts"
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
let git: GitServer
let key: SigningKeyFiles
beforeAll(async () => {
  const files = {
    [`${OVERLAY}/kustomization.yaml`]: "resources: [hello.yaml]\n",
    [`${OVERLAY}/hello.yaml`]: deployment("hello"),
  }
  ;[registry, git, key] = await Promise.all([startRegistry(), startGitServer(files), makeSigningKey()])
})
afterAll(() => git?.stop())

/** A checkout as a CI job has it: of a commit, on no branch. */
function checkout(name: string): { folder: string; sha: string } {
  const where = `gitops: { repo: "${git.url("git.test")}", path: ${OVERLAY}, image: hello }`
  const settings = `image: ${host()}/acme/${name}\nplatforms: [linux/amd64]\n${where}\n`
  const folder = commitFolder({ branch: "main", tags: [], files: { Dockerfile: DOCKERFILE, "slipway.yaml": settings } })
  const sha = readFileSync(join(folder, ".git/refs/heads/main"), "utf8").trim()
  return { folder, sha }
}

const host = () => `registry.test:${registry.port}`

/** The registry and the git server of this test stand where the lines have the forge's own. */
function here(line: string): string {
  return line
    .replaceAll(/https:\/\/git(hub|lab)\.com\/acme\/deploy(\.git)?/g, git.url("git.test"))
    .replaceAll(/--(git-)?token=env:GITOPS_TOKEN/g, `--git-service=tcp://127.0.0.1:${git.port}`)
    .replaceAll(/--registry-password=[\w:]+/g, `$& --registry-service=tcp://127.0.0.1:${registry.port} --plain-http`)
    .replaceAll("ghcr.io/", `${host()}/`)
}

function runner(cwd: string, variables: Record<string, string>): Runner {
  const secrets = {
    ...{ COSIGN_KEY: readFileSync(key.privateKey, "utf8"), COSIGN_PASSWORD: key.password },
    ...{ COSIGN_PUBLIC_KEY: readFileSync(key.publicKey, "utf8"), GITHUB_TOKEN: "of the job", GITOPS_TOKEN: "a token" },
  }
  return { cwd, here, secrets, variables: { ...variables, SLIPWAY: ROOT, VULNERABILITYDB: vulnerabilityDbFolder() } }
}

function onGithub({ folder, sha }: { folder: string; sha: string }, cwd = folder): Runner {
  return runner(cwd, {
    ...{ GITHUB_ACTOR: "octocat", GITHUB_REPOSITORY: "Acme/App", GITHUB_SERVER_URL: "https://github.com" },
    ...{ GITHUB_REF: "refs/heads/main", GITHUB_SHA: sha, GITHUB_RUN_ID: "7" },
    GITHUB_WORKFLOW_REF: "Acme/App/.github/workflows/ship.yml@refs/heads/main",
  })
}

function onGitlab({ folder, sha }: { folder: string; sha: string }, cwd = folder): Runner {
  return runner(cwd, {
    ...{ CI_PROJECT_URL: "https://gitlab.com/acme/app", CI_PIPELINE_URL: "https://gitlab.com/acme/app/-/pipelines/7" },
    ...{ CI_COMMIT_BRANCH: "main", CI_DEFAULT_BRANCH: "main", CI_COMMIT_SHA: sha, CI_RUNNER_ID: "3" },
    ...{ CI_REGISTRY_USER: "ci", CI_REGISTRY_PASSWORD: "of the job", CI_REGISTRY_IMAGE: `${host()}/acme/gitlab-split` },
  })
}

describe("the lines of the GitHub examples run as a runner would run them", () => {
  const workflow = githubWorkflow("github.yml")
  let source: { folder: string; sha: string }
  beforeAll(() => {
    source = checkout("github")
  })

  test("a pull request is rehearsed, summed up and judged", async () => {
    const printed = await runGithubJob(workflow, workflow.jobs["rehearse"] ?? { steps: [] }, onGithub(source))
    expect(printed).toContain("✅ Rehearsed")
    expect(await registry.snapshot()).not.toHaveProperty("acme/github")
  })
})

describe("the lines of the GitLab examples run as a runner would run them", () => {
  const rehearse = (file: string) => gitlabJobs(file)["rehearse"] ?? { script: [] }
  let source: { folder: string; sha: string }
  beforeAll(() => {
    source = checkout("gitlab")
  })

  test("a merge request is rehearsed, shown and judged", async () => {
    const printed = await runGitlabJob(rehearse("gitlab-ci.yml"), onGitlab(source))
    expect(printed).toContain("REHEARSAL: nothing left this engine")
    expect(rehearse("gitlab-ci-persistent.yml").script).toEqual(rehearse("gitlab-ci.yml").script)
  })
})

describe("the files are what their CI systems take", () => {
  test("GitHub's, as actionlint judges, shell included", async () => {
    const files = GITHUB.reduce((all, name) => all.withNewFile(name, ciText(name)), dag.directory())
    const lint = dag.container().from(ACTIONLINT).withMountedDirectory("/ci", files).withWorkdir("/ci")
    expect(await lint.withExec(["actionlint", "-no-color", ...GITHUB]).stdout()).toBe("")
  })

  test("GitLab's, by GitLab's own schema, which refuses what it does not know", async () => {
    const files = GITLAB.reduce((all, name) => all.withNewFile(name, wholeJobs(name)), dag.directory())
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
    expect(await python.withExec([...check, ...GITLAB]).stdout()).toContain("ok")
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
