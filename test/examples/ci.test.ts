import { execFileSync } from "node:child_process"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { BUILD_SECONDS } from "../../lib/build/docker-build.ts"
import { servicesRecord } from "../../lib/ship/record/services-record.ts"
import { TEST_SECONDS } from "../../lib/test/command.ts"
import { callsIn, faultsOf } from "../docs/call.ts"
import { readPublicApi } from "../public-api.ts"
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
} from "./ci-file.ts"

const VERDICT = `grep --quiet '^  "ok": true' reports/release.json`
/** What runs the repository's code: ship does not, where an image is given. */
const RUNS_CODE = /call[\s\\]+(--\S+[\s\\]+)*(test|build-multi-arch|image|ship|release) (?!.*--layout=.*--provenance=)/s

describe.each(GITHUB)("%s", (name) => {
  const text = ciText(name)
  const workflow = githubWorkflow(name)
  const jobs = Object.entries(workflow.jobs)

  test("gives every job the right to read, and the one that releases what it writes", () => {
    expect(workflow.permissions).toEqual({ contents: "read" })
    const rights = jobs.flatMap(([, { permissions }]) => (permissions ? [permissions] : []))
    expect(rights).toEqual([{ contents: "read", packages: "write", "security-events": "write", "id-token": "write" }])
  })

  test("uses actions by commit, each with its version beside it, and the module by commit", () => {
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)]
    expect(uses.length).toBeGreaterThanOrEqual(4)
    for (const [, action, comment] of uses) {
      expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40}$/)
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/)
    }
    expect(workflow.env["SLIPWAY"]).toMatch(/@[0-9a-f]{40}$/)
  })

  test("hands secrets to pushes alone", () => {
    for (const [, job] of jobs) {
      const has = JSON.stringify(job).includes("secrets.")
      expect(job.environment === "production" && job.if === "github.event_name == 'push'").toBe(has)
    }
  })

  test("needs no secret but the token of the GitOps repository, and that of the job", () => {
    const secrets = new Set([...text.matchAll(/secrets\.(\w+)/g)].map(([, secret]) => secret))
    expect([...secrets].toSorted()).toEqual(["GITHUB_TOKEN", "GITOPS_TOKEN"])
    const signing = jobs.filter(([, { permissions }]) => permissions?.["id-token"]).map(([job]) => job)
    expect(signing).toEqual([jobs.at(-1)?.[0]])
  })

  test("puts no secret on a command line, and leaves no login in a checkout", () => {
    const steps = jobs.flatMap(([, job]) => job.steps)
    for (const { run } of steps) expect(run ?? "").not.toContain("secrets.")
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"))
    for (const step of checkouts) expect(step).toMatchObject({ with: { "persist-credentials": false } })
  })

  test("runs one release after the other", () => {
    expect(workflow.concurrency.group).toContain("github.ref")
  })
})

describe.each(GITHUB)("%s", (name) => {
  const jobs = Object.entries(githubWorkflow(name).jobs).filter(([job]) => job !== "build")

  test.each(jobs)("%s reports also when it fails, and then fails", (_, { steps }) => {
    expect(steps.find(({ uses }) => uses?.includes("upload-artifact"))?.if).toBe("${{ !cancelled() }}")
    expect(steps.at(-1)?.run?.trim()).toBe(VERDICT)
  })

  test("uploads findings only where there are some: an earlier stage may have failed, or the commit been shipped", () => {
    const step = jobs.at(-1)?.[1].steps.find(({ uses }) => uses?.includes("upload-sarif"))
    expect(step?.if).toBe("${{ !cancelled() && hashFiles('reports/scan/findings.sarif') != '' }}")
  })
})

test("what proposes a change never reaches the engine that stays", () => {
  const { jobs } = githubWorkflow("github-persistent.yml")
  expect(jobs["rehearse"]).toEqual(githubWorkflow("github.yml").jobs["rehearse"])
  expect(jobs["ship"]?.env).toHaveProperty("_EXPERIMENTAL_DAGGER_RUNNER_HOST")
  const { rehearse, ship } = gitlabJobs("gitlab-ci-persistent.yml")
  expect(rehearse?.["variables"]).toEqual(gitlabJobs("gitlab-ci.yml")["rehearse"]?.["variables"])
  expect(ship?.["variables"]).toHaveProperty("_EXPERIMENTAL_DAGGER_RUNNER_HOST")
})

describe("in the split variants the job that runs the repository's code has no rights, and the other one runs none", () => {
  test("on GitHub", () => {
    const { build, release } = githubWorkflow("github-split.yml").jobs
    expect(build?.permissions ?? build?.environment ?? build?.env).toBeUndefined()
    expect(build?.steps.map(({ run }) => run).join("\n")).toMatch(RUNS_CODE)
    expect(JSON.stringify(build)).not.toContain("secrets.")
    const released = release?.steps.map(({ run }) => run).join("\n")
    expect(released).not.toMatch(RUNS_CODE)
    expect(released?.replace(/--layout=\S+/, "")).toMatch(RUNS_CODE)
    expect(JSON.stringify(build)).toContain("--cache=")
    expect(JSON.stringify(release), "a poisoned cache must not reach the job that signs").not.toContain("cache")
    const saving = build?.steps.find(({ uses }) => uses?.startsWith("actions/cache/save@"))
    expect(saving?.["if"]).toBe("github.event_name == 'push'")
  })

  test("on GitLab", () => {
    const { build, release } = gitlabJobs("gitlab-ci-split.yml")
    expect(build?.["environment"]).toBeUndefined()
    expect(build?.script.join()).toMatch(RUNS_CODE)
    expect(build?.script.join()).not.toMatch(/COSIGN|TOKEN|PASSWORD/)
    expect(release?.script.join()).not.toMatch(RUNS_CODE)
    expect(build?.script.join()).toContain("--cache=")
    expect(JSON.stringify(release), "a poisoned cache must not reach the job that signs").not.toMatch(/--cache|caches/)
    expect(release).not.toHaveProperty("cache")
    expect(release).toMatchObject({ environment: "production" })
  })
})

describe.each(GITLAB)("%s", (name) => {
  const text = ciText(name)
  const jobs = Object.entries(gitlabJobs(name))
  const last = jobs.at(-1)?.[1]

  test("releases the default branch alone, one after the other", () => {
    expect(jobs).toHaveLength(2)
    expect(parse(ciText(name)).variables.SLIPWAY).toMatch(/@[0-9a-f]{40}$/)
    expect(last).toMatchObject({
      rules: [{ if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != "schedule"' }],
      resource_group: "ship",
      environment: "production",
    })
    expect(jobs[0]?.[1]["rules"]).toContainEqual({ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' })
  })

  test("signs by the identity of the job that releases, and of no other", () => {
    const tokens = jobs.map(([, job]) => job["id_tokens"])
    expect(tokens).toEqual([undefined, { SIGSTORE_ID_TOKEN: { aud: "sigstore" } }])
    const passed = [...new Set(text.match(/=env:\w+/g))].toSorted()
    expect(passed).toEqual(["=env:CI_REGISTRY_PASSWORD", "=env:GITOPS_TOKEN", "=env:SIGSTORE_ID_TOKEN"])
  })

  test("keeps the reports whatever becomes of the job", () => {
    expect(last?.["artifacts"]).toMatchObject({ when: "always", reports: { container_scanning: expect.any(String) } })
  })
})

describe.each(["gitlab-ci.yml", "gitlab-ci-persistent.yml"])("%s", (name) => {
  test.each(Object.entries(gitlabJobs(name)))(
    "%s fails by the record, after the reports are written",
    (job, { script }) => {
      expect(script.at(-1)?.trim()).toBe(VERDICT)
      expect(script.join().includes("--rehearse")).toBe(job === "rehearse")
    },
  )
})

describe("several services on several engines: each job is that of one engine, but for its services, and the last deploys", () => {
  test("on GitHub", () => {
    const { rehearse, ship } = githubWorkflow("github.yml").jobs
    const { prepare, ...others } = githubWorkflow(GITHUB_SERVICES).jobs
    expect(others).toEqual({ rehearse, ship: { ...ship, needs: "prepare" } })
    const text = JSON.stringify(prepare)
      .replace(' --services=\\"${{ matrix.services }}\\" --prepare', "")
      .replace("prepare-${{ strategy.job-index }}", "ship")
      .replace('"name":"Prepare"', '"name":"Ship"')
    const { strategy, ...same } = JSON.parse(text)
    expect(same).toEqual(ship)
    expect(strategy.matrix.services).toHaveLength(2)
  })

  test("on GitLab", () => {
    const { rehearse, ship } = gitlabJobs("gitlab-ci.yml")
    const { prepare, ...others } = gitlabJobs(GITLAB_SERVICES)
    expect(others).toEqual({ rehearse, ship })
    const text = JSON.stringify(prepare).replace(' --services=\\"$SERVICES\\" --prepare', "")
    const { parallel, resource_group, ...same } = { resource_group: "ship", ...JSON.parse(text) }
    expect({ ...same, resource_group, stage: "ship" }).toEqual(ship)
    expect(parallel.matrix[0].SERVICES).toHaveLength(2)
  })
})

describe("the nightly job on newer base images is that of a push, but for --refresh and its event", () => {
  test("on GitHub", () => {
    const { rehearse, ship } = githubWorkflow("github.yml").jobs
    const { refresh, ...others } = githubWorkflow(GITHUB_REFRESH).jobs
    expect(others).toEqual({ rehearse, ship })
    const text = JSON.stringify(refresh)
      .replace("release --source=. --refresh", "release --source=.")
      .replace('"name":"Refresh"', '"name":"Ship"')
      .replace('"name":"refresh"', '"name":"ship"')
    expect({ ...JSON.parse(text), if: ship?.if }).toEqual(ship)
    expect(refresh?.if).toBe("github.event_name == 'schedule'")
  })

  test("on GitLab", () => {
    const { rehearse, ship } = gitlabJobs("gitlab-ci.yml")
    const { refresh, ...others } = gitlabJobs(GITLAB_REFRESH)
    expect(others).toEqual({ rehearse, ship })
    const text = JSON.stringify(refresh).replace("release --source=. --refresh", "release --source=.")
    expect({ ...JSON.parse(text), rules: ship?.["rules"] }).toEqual(ship)
    expect(refresh?.["rules"]).toEqual([
      { if: '$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE == "schedule"' },
    ])
  })
})

test("the verdict is that of the whole run, not of one of its services", () => {
  const web = { status: "shipped", release: { record: { ok: true } } } as never
  const judge = (api: "failed" | "finished") => {
    const record = servicesRecord(
      new Map([
        ["web", web],
        ["api", { status: api }],
      ]),
    )
    const line = VERDICT.replace(" reports/release.json", "")
    execFileSync("bash", ["-c", line], { input: JSON.stringify(record, null, 2), stdio: ["pipe", "ignore", "ignore"] })
  }
  expect(() => judge("failed")).toThrow()
  expect(() => judge("finished")).not.toThrow()
})

describe("a job ends later than what hangs in it, so that there is a report of it", () => {
  const minutes = (Math.max(TEST_SECONDS, BUILD_SECONDS) / 60) * 2
  test.each(GITHUB)("in %s", (name) => {
    for (const job of Object.values(githubWorkflow(name).jobs)) expect(job["timeout-minutes"]).toBe(minutes)
  })
  test.each(GITLAB)("in %s", (name) => {
    expect(parse(ciText(name)).default?.timeout ?? ciText(name).match(/timeout: (\S+)/)?.[1]).toBe(`${minutes / 60}h`)
  })
})

describe("every argument is one that the function takes", () => {
  const api = readPublicApi()
  test.each([...GITHUB, GITHUB_SCHEDULED, GITHUB_PREVIEW, ...GITLAB, GITLAB_SCHEDULED, GITLAB_PREVIEW])(
    "in %s",
    (name) => {
      const lines = name.startsWith("github")
        ? Object.values(githubWorkflow(name).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []))
        : Object.values(gitlabJobs(name)).flatMap(({ script }) => script)
      const calls = lines.flatMap(callsIn)
      expect(calls.length).toBeGreaterThanOrEqual(name.includes("scheduled") ? 1 : 2)
      expect(calls.flatMap((call) => faultsOf(call, api))).toEqual([])
    },
  )
})

describe("the jobs of previews", () => {
  test("pin their actions, and only the one that ships can sign and comment", () => {
    for (const [, action] of ciText(GITHUB_PREVIEW).matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@[0-9a-f]{40}$/)
    const { preview, clean } = githubWorkflow(GITHUB_PREVIEW).jobs
    const writes = { packages: "write", "id-token": "write", "pull-requests": "write" }
    expect(preview?.permissions).toEqual({ contents: "read", ...writes })
    expect(clean?.permissions).toEqual({ contents: "read", packages: "write", "pull-requests": "read" })
    expect(preview?.steps.at(-1)?.run?.trim()).toBe(VERDICT)
    expect(gitlabJobs(GITLAB_PREVIEW)["slipway-preview"]?.script.at(-1)?.trim()).toBe(VERDICT)
  })

  test("run on GitLab for requests of the own project, and on schedule on the default branch", () => {
    const { "slipway-preview": preview, "slipway-preview-clean": clean } = gitlabJobs(GITLAB_PREVIEW)
    const own = "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID"
    expect(preview?.["rules"]).toEqual([{ if: `$CI_PIPELINE_SOURCE == "merge_request_event" && ${own}` }])
    expect(clean?.["rules"]).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' },
    ])
  })
})

describe("the job that looks at what runs", () => {
  const DEPLOYED_VERDICT = VERDICT.replace("release.json", "deployed.json")

  test("runs on GitHub by a schedule, reads only, and reports also when it fails", () => {
    const { permissions, on, jobs } = githubWorkflow(GITHUB_SCHEDULED) as Workflow & { on: object }
    expect(on).toEqual({ schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }], workflow_dispatch: null })
    expect(permissions).toEqual({ contents: "read" })
    const { "scan-deployed": job } = jobs
    expect(job?.permissions).toEqual({ contents: "read", packages: "read", "security-events": "write" })
    for (const [, action] of ciText(GITHUB_SCHEDULED).matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@[0-9a-f]{40}$/)
    const sarif = job?.steps.find(({ uses }) => uses?.includes("upload-sarif"))
    expect(sarif?.if).toBe("${{ !cancelled() && hashFiles('reports/findings.sarif') != '' }}")
    expect(job?.steps.at(-1)?.run?.trim()).toBe(DEPLOYED_VERDICT)
  })

  test("runs on GitLab by a schedule alone, and ships nothing", () => {
    const { "scan-deployed": job } = gitlabJobs(GITLAB_SCHEDULED)
    expect(job?.["rules"]).toEqual([
      { if: '$CI_PIPELINE_SOURCE == "schedule" && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH' },
    ])
    expect(job?.["environment"]).toEqual({ name: "production", action: "access" })
    expect(job?.["artifacts"]).toMatchObject({ when: "always", reports: { container_scanning: expect.any(String) } })
    expect(job?.script.at(-1)?.trim()).toBe(DEPLOYED_VERDICT)
  })
})
