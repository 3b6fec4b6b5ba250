import { describe, expect, test } from "vitest"
import { chooseCi, ciFile } from "../../src/init/ci-system.ts"

describe("the CI system", () => {
  test.each([
    { name: "what was asked for", asked: "none", entries: [".gitlab-ci.yml"], is: "none" },
    { name: "GitLab by its file", entries: [".gitlab-ci.yml"], is: "gitlab" },
    { name: "GitLab by its remote", entries: [], remote: "https://gitlab.acme.example/a/b", is: "gitlab" },
    { name: "GitHub otherwise", entries: ["README.md"], is: "github" },
    {
      name: "GitHub for a repository that only has gitlab in its name",
      entries: [],
      remote: "https://github.com/a/gitlab",
      is: "github",
    },
  ])("is $name", ({ asked, is, ...facts }) => expect(chooseCi(asked, facts)).toBe(is))

  test("that is unknown is refused", () => {
    expect(() => chooseCi("jenkins", { entries: [] })).toThrow(
      'OPTIONS_INVALID: expected --ci as github, gitlab or none, got "jenkins"',
    )
  })
})

test.each([
  { system: "github" as const, path: ".github/workflows/ship.yml" },
  { system: "gitlab" as const, path: ".gitlab-ci.yml" },
  { system: "none" as const, path: undefined },
])("$system's file is $path", ({ system, path }) => expect(ciFile(system, "m")?.path).toBe(path))
