import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { parseCiRequest } from "../../lib/config/ci-request.ts"
import { hasPreviews, previewFile } from "../../lib/init/preview.ts"
import { MODULE_PLACEHOLDER } from "../../src/defaults.ts"

const JOB = { module: MODULE_PLACEHOLDER, signing: "keyless" as const }
const text = (system: "github" | "gitlab", job = {}) => previewFile(system, { ...JOB, ...job })?.text ?? ""

test.each([
  { settings: "preview: true\n", has: true },
  { settings: "preview: { gitops: false }\n", has: true },
  { settings: "preview: false\n", has: false },
  { settings: "repository: a\n", has: false },
  { settings: "preview: [\n", has: false },
  { settings: "", has: false },
])("settings $settings have previews: $has", ({ settings, has }) => {
  expect(hasPreviews(settings)).toBe(has)
})

test("there is no file without a CI system", () => {
  expect(previewFile("none", JOB)).toBeUndefined()
})

describe.each([
  { system: "github" as const, example: "github-preview.yml" },
  { system: "gitlab" as const, example: "gitlab-ci-preview.yml" },
])("the file for $system", ({ system, example }) => {
  test("is the example", () => {
    expect(text(system)).toBe(readFileSync(new URL(`../../examples/ci/${example}`, import.meta.url), "utf8"))
  })

  test("signs as the job of the release does", () => {
    expect(text(system)).not.toContain("COSIGN_KEY")
    const keyed = text(system, { signing: "key" })
    expect(keyed).toContain("--cosign-key=env:COSIGN_KEY --cosign-password=env:COSIGN_PASSWORD")
    expect(keyed).not.toMatch(/id-token: write|id_tokens|--request-url|--identity-token/)
    expect(() => parse(keyed)).not.toThrow()
  })

  test("passes what ship needs to know that a request is one of the own repository", () => {
    const names = [...text(system).matchAll(/([A-Z_]+)=\$[A-Z_]+/g)].map(([, name]) => name)
    const values: Record<string, string> = {
      GITHUB_REF: "refs/pull/7/merge",
      GITHUB_EVENT_NAME: "pull_request",
      GITHUB_REPOSITORY: "acme/app",
      CI_PROJECT_URL: "https://gitlab.com/acme/app",
      CI_MERGE_REQUEST_IID: "7",
    }
    const value = (name: string) => values[name] ?? (/SHA$/.test(name) ? "0a".repeat(20) : "1")
    expect(parseCiRequest(names.map((name = "") => `${name}=${value(name)}`))).toMatchObject({ kind: "own", number: 7 })
  })
})

test("the jobs of GitHub run for requests of the own repository alone, at their head", () => {
  const { jobs, permissions } = parse(text("github"))
  expect(permissions).toEqual({ contents: "read" })
  const own = "github.event.pull_request.head.repo.id == github.event.repository.id"
  expect(jobs.preview.if).toContain(`github.event.action != 'closed' && ${own}`)
  expect(jobs.clean.if).toContain(`github.event.action == 'closed' && ${own}`)
  expect(jobs.preview.steps[0].with.ref).toBe("${{ github.event.pull_request.head.sha }}")
})
