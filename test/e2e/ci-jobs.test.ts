import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { githubWorkflow, gitlabJobs, type Workflow } from "../examples/ci-file.ts"
import { runGithubJob, runGitlabJob } from "./ci-job.ts"
import {
  checkout,
  expectDelivered,
  IDENTITY,
  onGithub,
  onGitlab,
  type Project,
  project,
  repositories,
  signerOf,
  startCi,
  stopCi,
} from "./ci-project.ts"
import { CI_ISSUER } from "./oidc-issuer.ts"
import { useEngine } from "./session.ts"

useEngine()

beforeAll(startCi)
afterAll(stopCi)

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
    expect(await repositories()).not.toContain("acme/github")
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
    expect(await repositories()).not.toContain("acme/gitlab")
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
