import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { readPublicApi } from "../public-api.ts"

type Step = { name?: string; uses?: string; run?: string; if?: string; env?: Record<string, string> }
type Job = { permissions?: Record<string, string>; steps: Step[]; if?: string; environment?: string }

const read = (name: string) => readFileSync(new URL(`../../examples/ci/${name}`, import.meta.url), "utf8")
const github = read("github.yml")
const gitlab = read("gitlab-ci.yml")

describe("the GitHub example", () => {
  const workflow = parse(github)
  const jobs: [string, Job][] = Object.entries(workflow.jobs)

  test("gives every job the right to read, and the one that ships what it writes", () => {
    expect(workflow.permissions).toEqual({ contents: "read" })
    expect(workflow.jobs.rehearse.permissions).toBeUndefined()
    const writes = { packages: "write", "security-events": "write" }
    expect(workflow.jobs.ship.permissions).toEqual({ contents: "read", ...writes })
  })

  test("uses actions by commit, each with its version beside it", () => {
    const uses = [...github.matchAll(/uses: (\S+)(.*)/g)]
    expect(uses.length).toBeGreaterThanOrEqual(5)
    for (const [, action, comment] of uses) {
      expect(action).toMatch(/^[\w./-]+@[0-9a-f]{40}$/)
      expect(comment).toMatch(/^ # v\d+\.\d+\.\d+$/)
    }
  })

  test("names the module by commit", () => {
    expect(workflow.env.SLIPWAY).toMatch(/@[0-9a-f]{40}$/)
  })

  test("hands no secret to what runs a pull request", () => {
    expect(JSON.stringify(workflow.jobs.rehearse)).not.toContain("secrets.")
    expect(JSON.stringify(workflow.jobs.ship)).toContain("secrets.")
    expect(workflow.jobs.rehearse.if).toBe("github.event_name == 'pull_request'")
  })

  test.each(jobs)("%s leaves no login in the checkout, reports also when it fails, and then fails", (_, { steps }) => {
    expect(steps[0]).toMatchObject({ with: { "persist-credentials": false } })
    expect(steps.find(({ uses }) => uses?.includes("upload-artifact"))?.if).toBe("${{ !cancelled() }}")
    expect(steps.at(-1)?.run?.trim()).toBe(`grep --quiet '"ok": true' reports/release.json`)
  })

  test("puts no secret on a command line", () => {
    for (const [, { steps }] of jobs) for (const { run } of steps) expect(run ?? "").not.toContain("secrets.")
  })

  test("runs one release after the other", () => {
    expect(workflow.concurrency.group).toContain("github.ref")
  })
})

// https://docs.gitlab.com/ci/yaml/: the keywords that a job and its artifacts know
const JOB = ["extends", "stage", "image", "services", "timeout", "variables", "before_script", "script", "artifacts"]
const KEYWORDS = [...JOB, "rules", "resource_group", "environment", "id_tokens"]

describe("the GitLab example", () => {
  const { stages, variables, ...jobs } = parse(gitlab)

  test.each(Object.entries<Record<string, unknown>>(jobs))("%s has only keywords that GitLab knows", (_, job) => {
    expect(Object.keys(job).filter((keyword) => !KEYWORDS.includes(keyword))).toEqual([])
  })

  test("keeps the reports whatever becomes of the job", () => {
    expect(jobs[".slipway"].artifacts).toMatchObject({ when: "always", paths: ["reports"] })
    expect(Object.keys(jobs[".slipway"].artifacts.reports)).toEqual(["container_scanning", "junit"])
  })

  test("ships the default branch alone, one release after the other, and merge requests only rehearse", () => {
    expect(stages).toEqual(["ship"])
    expect(variables.SLIPWAY).toMatch(/@[0-9a-f]{40}$/)
    expect(jobs.ship).toMatchObject({
      rules: [{ if: "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH" }],
      resource_group: "ship",
    })
    expect(jobs.rehearse.script.join("\n")).toContain("--rehearse")
    expect(jobs.rehearse.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }])
  })

  test.each(["rehearse", "ship"])("%s fails by the record, after the reports are written", (name) => {
    expect(jobs[name].script.at(-1).trim()).toBe(`grep --quiet '"ok": true' reports/release.json`)
  })
})

test.each([
  { name: "GitHub", file: github },
  { name: "GitLab", file: gitlab },
])("$name: every argument is one that ship-report takes", ({ file }) => {
  const report = readPublicApi().methods.find(({ name }) => name === "shipReport")
  const known = Object.keys(report?.arguments ?? {}).map((name) =>
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  )
  const calls = [...file.matchAll(/call ship-report([\s\S]*?)export --path/g)].map(([, flags = ""]) => flags)
  const flags = calls.flatMap((call) => [...call.matchAll(/--([a-z-]+)/g)].map(([, flag]) => flag))
  expect(calls).toHaveLength(2)
  expect(flags).toEqual(expect.arrayContaining(["source", "rehearse", "key", "gitops-path", "ci"]))
  expect(flags.filter((flag) => !known.includes(flag ?? ""))).toEqual([])
})
