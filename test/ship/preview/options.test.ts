import { describe, expect, test } from "vitest"
import type { ServiceSettings } from "../../../lib/config/services.ts"
import { choosePreview, sourceForge } from "../../../lib/ship/preview/options.ts"

const commit = "0a".repeat(20)
const token = { plaintext: async () => "t" } as never
const own = [
  ...["GITHUB_REPOSITORY=acme/hello", "GITHUB_REPOSITORY_ID=1", "GITHUB_HEAD_REPOSITORY_ID=1"],
  ...["GITHUB_REF=refs/pull/7/merge", `GITHUB_HEAD_SHA=${commit}`],
]
const flags = { ci: own, rehearse: false, sourceForgeToken: token, git: {} }
const gitops = { repo: "https://git.example/deploy", path: "apps/hello/prod" }
const overlay = { path: "apps/hello/previews/pr-{number}" }
const choose = (settings: Pick<ServiceSettings, "preview" | "gitops">, more: Partial<typeof flags> = {}) =>
  choosePreview({ ...flags, ...more }, settings)

describe("the job of a request", () => {
  test("ships a preview to its own tag, without an overlay by default", () => {
    expect(choose({ preview: true, gitops })).toMatchObject({
      ...{ kind: "preview", number: 7, commit, tag: `pr-7-${commit}` },
      access: { place: { endpoint: "https://api.github.com", repository: "acme/hello" } },
    })
    expect(choose({ preview: true, gitops })).not.toHaveProperty("overlay")
    expect(choose({ preview: { gitops: false }, gitops })).not.toHaveProperty("overlay")
  })

  test("has its own overlay and address", () => {
    const template = "apps/hello/previews/template"
    const preview = { url: "https://pr-{number}.example.com", gitops: { ...overlay, template, branch: "previews" } }
    expect(choose({ preview, gitops })).toMatchObject({
      url: "https://pr-7.example.com",
      overlay: {
        ...{ path: "apps/hello/previews/pr-7", repo: gitops.repo, branch: "previews" },
        template: { path: template, number: 7 },
      },
    })
  })

  test.each([
    { name: "without the setting", settings: { gitops }, more: {} },
    { name: "with the setting false", settings: { preview: false, gitops }, more: {} },
    { name: "where the call rehearses", settings: { preview: true, gitops }, more: { rehearse: true } },
    { name: "on a branch", settings: { preview: true, gitops }, more: { ci: ["GITHUB_REF=refs/heads/main"] } },
    { name: "without the job's variables", settings: { preview: true, gitops }, more: { ci: [] } },
  ])("has no preview $name", ({ settings, more }) => {
    expect(choose(settings, more)).toBeUndefined()
  })

  test("rehearses a fork, and needs no token for it", () => {
    const ci = own.map((one) => one.replace("HEAD_REPOSITORY_ID=1", "HEAD_REPOSITORY_ID=2"))
    expect(choosePreview({ ci, rehearse: false, git: {} }, { preview: true })).toEqual({
      ...{ kind: "rehearsal", reason: "the request is from a fork" },
    })
  })

  test.each([
    { name: "the release's overlay", path: "apps/hello/prod/{number}", gitops },
    { name: "a folder above the release's", path: "apps/{number}", gitops: { ...gitops, path: "apps/7/prod" } },
    { name: "the release's overlay itself", path: "apps/./{number}", gitops: { ...gitops, path: "apps/7" } },
  ])("refuses $name as its overlay, which is deleted in the end", ({ path, gitops }) => {
    expect(() => choose({ preview: { gitops: { path } }, gitops })).toThrow(
      /^OPTIONS_INVALID: expected preview\.gitops\.path outside of gitops\.path/,
    )
  })

  test("may have the release's path in another repository", () => {
    const elsewhere = { path: "apps/hello/prod/{number}", repo: "https://git.example/previews" }
    expect(choose({ preview: { gitops: elsewhere }, gitops })).toMatchObject({ overlay: { repo: elsewhere.repo } })
  })

  test.each([
    {
      name: "a path that leaves the repository",
      settings: { preview: { gitops: { path: "../{number}" } }, gitops },
      error: /a path inside the GitOps repository/,
    },
    {
      name: "a template elsewhere",
      settings: { preview: { gitops: { ...overlay, template: "apps/base" } }, gitops },
      error: /expected preview\.gitops\.template beside apps\/hello\/previews\/pr-7/,
    },
    {
      name: "no GitOps repository",
      settings: { preview: { gitops: overlay } },
      error: /expected preview\.gitops\.repo or gitops\.repo/,
    },
  ])("refuses $name", ({ settings, error }) => {
    expect(() => choose(settings)).toThrow(error)
  })

  test("needs a token before anything runs", () => {
    expect(() => choosePreview({ ci: own, rehearse: false, git: {} }, { preview: true })).toThrow(
      /^OPTIONS_INVALID: expected a token for GitHub's API with preview, got none\. Pass --source-forge-token\. .*pull-requests: write/,
    )
  })
})

describe("the forge of the source", () => {
  const request = { repository: "https://git.acme.example/acme/hello", system: "github" as const }
  test.each([
    { name: "the settings", settings: { forge: "gitea" as const }, forge: "Gitea", path: "/api/v1" },
    { name: "the CI system where the host does not tell", settings: {}, forge: "GitHub", path: "/api/v3" },
  ])("is that of $name", ({ settings, forge, path }) => {
    expect(sourceForge(settings, { request, token })).toMatchObject({
      forge: { name: forge },
      place: { endpoint: `https://git.acme.example${path}`, repository: "acme/hello" },
    })
  })

  test("is that of the host's name before that of the CI system", () => {
    const known = { ...request, repository: "https://gitea.acme.example/acme/hello" }
    expect(sourceForge({}, { request: known, token })).toMatchObject({ forge: { name: "Gitea" } })
  })

  test("is that of preview.repo for a call without a job", () => {
    const forge = sourceForge({ repo: "git@gitlab.com:acme/hello.git" }, { token })
    expect(forge.place).toEqual({ endpoint: "https://gitlab.com/api/v4", repository: "acme/hello" })
    expect(() => sourceForge({}, { token })).toThrow(/expected the source repository, whose forge/)
    expect(() => sourceForge({ repo: "https://bitbucket.org/acme/hello" }, { token })).toThrow(/got Bitbucket/)
  })
})
