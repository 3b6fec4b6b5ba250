import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import {
  type CiFiles,
  type CiJob,
  type CiSystem,
  chooseCi,
  ciFile,
  githubWorkflow,
  gitlabInclude,
  gitlabPipeline,
  scheduledFile,
  scheduledPipeline,
  scheduledWorkflow,
} from "../../lib/init/ci-system.ts"
import { MODULE_PLACEHOLDER } from "../../src/defaults.ts"

const JOB: CiJob = { module: "m@1", signing: "keyless" }

describe("ci system", () => {
  describe("the CI system", () => {
    test.each([
      { name: "the flag's", flag: "none", entries: [".gitlab-ci.yml"], is: "none" },
      { name: "GitLab by its file", entries: [".gitlab-ci.yml"], is: "gitlab" },
      { name: "GitLab by its remote", entries: [], remote: "https://gitlab.acme.example/a/b", is: "gitlab" },
      { name: "GitHub otherwise", entries: ["README.md"], is: "github" },
      {
        name: "GitHub for a repository with gitlab only in its name",
        entries: [],
        remote: "https://github.com/a/gitlab",
        is: "github",
      },
    ])("is $name", ({ flag, is, ...facts }) => expect(chooseCi(flag, facts)).toBe(is))

    test("is refused if it is unknown", () => {
      expect(() => chooseCi("jenkins", { entries: [] })).toThrow(
        'OPTIONS_INVALID: expected --ci to be GITHUB, GITLAB or NONE, got "jenkins"',
      )
    })
  })

  const FILE = "image: node:24\n"

  test.each<{ name: string; system: CiSystem; present?: CiFiles; path?: string }>([
    { name: "GitHub's", system: "github", path: ".github/workflows/ship.yml" },
    { name: "GitLab's", system: "gitlab", path: ".gitlab-ci.yml" },
    { name: "none", system: "none" },
    {
      name: "a second workflow if ship.yml exists",
      system: "github",
      present: { ".github/workflows/ship.yml": FILE },
      path: ".github/workflows/slipway.yml",
    },
    {
      name: "a file to include if a pipeline exists",
      system: "gitlab",
      present: { ".gitlab-ci.yml": FILE },
      path: ".gitlab/slipway.yml",
    },
    {
      name: "none if the pipeline already ships",
      system: "gitlab",
      present: { ".gitlab-ci.yml": gitlabPipeline(JOB) },
    },
    {
      name: "none if a workflow already ships",
      system: "github",
      present: { ".github/workflows/ship.yml": githubWorkflow(JOB) },
    },
  ])("the file is $name", ({ system, present = {}, path }) => {
    expect(ciFile(system, { ...JOB, present })?.path).toBe(path)
  })

  test("an existing pipeline gets a note of what to add, and ships in its last stage", () => {
    const ship = (pipeline: string) => ciFile("gitlab", { ...JOB, present: { ".gitlab-ci.yml": pipeline } })
    expect(ship(FILE)?.note).toEqual([
      "Add to .gitlab-ci.yml, which is unchanged:",
      "include:",
      "  - local: .gitlab/slipway.yml",
    ])
    const stage = (pipeline: string) => parse(ship(pipeline)?.text ?? "")[".slipway"].stage
    expect(stage("stages: [build, test, go live]\n")).toBe("go live")
    expect(stage("test:\n  script: !reference [.a, script]\n")).toBe("deploy")
    expect(stage("a: [\n")).toBe("deploy")
  })

  test("reads the stages of a pipeline whose hundreds of jobs share a block", () => {
    const jobs = Array.from({ length: 150 }, (_, i) => `job${i}:\n  <<: *d\n`).join("")
    const present = { ".gitlab-ci.yml": `.d: &d {tags: [a]}\nstages: [check, release]\n${jobs}` }
    expect(ciFile("gitlab", { ...JOB, present })?.text).toContain('stage: "release"')
  })
})

describe("github workflow", () => {
  test("the example equals what init writes", () => {
    const example = readFileSync(new URL("../../examples/ci/github.yml", import.meta.url), "utf8")
    expect(githubWorkflow({ ...JOB, module: MODULE_PLACEHOLDER })).toBe(example)
  })

  test("contains the module's address", () => {
    expect(githubWorkflow({ ...JOB, module: "example.com/slipway@f00d" })).toContain(
      "SLIPWAY: example.com/slipway@f00d\n",
    )
  })
})

describe("gitlab pipeline", () => {
  test("the example equals what init writes", () => {
    const example = readFileSync(new URL("../../examples/ci/gitlab-ci.yml", import.meta.url), "utf8")
    expect(gitlabPipeline({ ...JOB, module: MODULE_PLACEHOLDER })).toBe(example)
  })

  test("contains the module's address", () => {
    expect(gitlabPipeline({ ...JOB, module: "example.com/slipway@f00d" })).toContain(
      "SLIPWAY: example.com/slipway@f00d\n",
    )
  })

  test("a file to include has the same jobs, and changes no other job of the pipeline", () => {
    const { stages, variables, ".slipway": base, rehearse, ship } = parse(gitlabPipeline(JOB))
    expect(stages).toEqual(["ship"])
    expect(parse(gitlabInclude(JOB, { path: ".gitlab/slipway.yml", stage: "deploy" }))).toEqual({
      ".slipway": { ...base, stage: "deploy", variables: { ...variables, ...base.variables } },
      "slipway-rehearse": rehearse,
      "slipway-ship": ship,
    })
    expect(gitlabInclude(JOB, { path: ".gitlab/slipway.yml", stage: "deploy" })).toMatch(
      /^# Ship on .*Kept in \.gitlab\/slipway\.yml; add to \.gitlab-ci\.yml:\n# include:\n# {3}- local: \.gitlab\/slipway\.yml\n# slipway\.yaml names/,
    )
  })
})

describe("scheduled jobs", () => {
  test.each([
    { name: "github-scheduled.yml", text: scheduledWorkflow({ ...JOB, module: MODULE_PLACEHOLDER }) },
    { name: "gitlab-ci-scheduled.yml", text: scheduledPipeline({ ...JOB, module: MODULE_PLACEHOLDER }) },
  ])("the example $name equals what init writes", ({ name, text }) => {
    expect(text).toBe(readFileSync(new URL(`../../examples/ci/${name}`, import.meta.url), "utf8"))
  })

  const scheduled = (system: CiSystem, present: CiFiles = {}, shipping = ".github/workflows/ship.yml") =>
    scheduledFile(system, { ...JOB, present, shipping })

  test("are a workflow, which names the workflow that signs", () => {
    expect(scheduled("github")?.path).toBe(".github/workflows/scheduled.yml")
    expect(scheduled("github")?.text).toMatch(/SIGNER: .*\/\.github\/workflows\/ship\.yml@/)
    expect(scheduled("github", {}, ".github/workflows/slipway.yml")?.text).toMatch(
      /SIGNER: .*\/workflows\/slipway\.yml@/,
    )
  })

  test("are a file to include on GitLab, with a note of what to add", () => {
    expect(scheduled("gitlab")).toMatchObject({
      path: ".gitlab/scheduled.yml",
      note: [
        "Add to .gitlab-ci.yml, and create a pipeline schedule for it:",
        "include:",
        "  - local: .gitlab/scheduled.yml",
      ],
    })
  })

  test("are not written without a CI system, or over an existing file", () => {
    expect(scheduled("none")).toBeUndefined()
    expect(scheduled("github", { ".github/workflows/scheduled.yml": "" })).toBeUndefined()
    expect(scheduled("gitlab", { ".gitlab/scheduled.yml": "" })).toBeUndefined()
  })
})
