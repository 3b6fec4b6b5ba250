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
} from "../examples/ci-file.ts"
import { runGithubJob } from "./ci-job.ts"
import { checkout, expectDelivered, onGithub, project, repositories, startCi, stopCi } from "./ci-project.ts"
import { useEngine } from "./session.ts"

useEngine()

const ACTIONLINT = "docker.io/rhysd/actionlint:1.7.12"
/** An engine behind a proxy adds that proxy's authority to the system's, which Python does not ask by itself. */
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
const CERTIFICATES = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"]

beforeAll(startCi)
afterAll(stopCi)

// ci-jobs.test.ts runs the lines of the other examples
describe("the lines of a GitHub example", () => {
  test("built in one job, release in another what was handed over", async () => {
    const file = githubWorkflow("github-split.yml")
    const jobOf = (name: string) => file.jobs[name] ?? { steps: [] }
    const source = await project("github-split")
    await runGithubJob(file, jobOf("build"), onGithub(source))
    expect(await repositories()).not.toContain("acme/github-split")
    expect(await runGithubJob(file, jobOf("release"), onGithub(checkout(source)))).toContain("✅ Shipped")
    await expectDelivered("acme/github-split", source)
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
