import { describe, expect, test } from "vitest"
import { parseGitBranch } from "../../lib/gitops/git/remote.ts"
import { type BumpOptions, parseBumpOptions } from "../../lib/gitops/options.ts"
import {
  type BumpRequest,
  leaveOut,
  mergeRequests,
  parseRepositoryPath,
  proposalBranch,
  trailersOf,
} from "../../lib/gitops/request.ts"

describe("repository path", () => {
  test.each([
    { text: "apps/web/overlays/prod", path: "apps/web/overlays/prod" },
    { text: "./apps/web/", path: "apps/web" },
    { text: "apps//web", path: "apps/web" },
    { text: ".", path: "." },
    { text: "./", path: "." },
    { text: "größe und mehr", path: "größe und mehr" },
  ])("reads $text as $path", ({ text, path }) => {
    expect(parseRepositoryPath(text)).toBe(path)
  })

  test.each([
    { name: "an empty text", text: "" },
    { name: "an absolute path", text: "/etc" },
    { name: "a path that leaves the repository", text: "apps/../../etc" },
    { name: "a path in .git", text: "apps/.git/hooks" },
    { name: "a path in .GIT", text: ".GIT" },
    { name: "an option", text: "--output=/x" },
    { name: "a newline", text: "apps\n" },
    { name: "backslashes", text: "apps\\web" },
  ])("refuses $name as a path", ({ text }) => {
    expect(() => parseRepositoryPath(text)).toThrow("OPTIONS_INVALID: expected a path inside the GitOps repository")
  })
})

describe("request", () => {
  const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
  const request = parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main" })

  test("lists the trailers of every change", () => {
    expect(request.changes.flatMap(trailersOf)).toEqual([{ path: "apps/web", image: "web", ref }])
  })

  const FILE = { image: { image: "web", ref }, kind: "file" }
  test.each([
    { name: "an edit of the path's own file", edits: ["helm:image"], changes: [["apps/web", ["helm"]]] },
    {
      name: "edits of several files",
      edits: ["a.yaml#helm:image", "b.env#env:APP"],
      changes: [
        ["a.yaml", ["helm"]],
        ["b.env", ["env"]],
      ],
    },
    {
      name: "edits of one file as one change",
      edits: ["a.yaml#yaml:x", "./a.yaml#yaml:y"],
      changes: [["a.yaml", ["yaml", "yaml"]]],
    },
  ])("parses $name", ({ edits, changes }) => {
    const request = parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main", edits })
    const seen = request.changes.map((change) => [
      change.path,
      change.kind === "file" && change.edits.map(({ kind }) => kind),
    ])
    expect(seen).toEqual(changes)
    expect(request.changes[0]).toMatchObject(FILE)
    expect(request.changes.flatMap(trailersOf).map(({ path }) => path)).toEqual(changes.map(([path]) => path))
  })

  test.each(["../a.yaml#helm:image", "a.yaml#toml:x"])("refuses the edit %s before anything is cloned", (edit) => {
    expect(() => parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main", edits: [edit] })).toThrow()
  })

  describe("several images", () => {
    const bumpOf = (image: string, path: string, edits?: string[]) =>
      parseBumpOptions({ path, image, ref: ref.replace("web", image), branch: "main", ...(edits && { edits }) })
    const shapes = ({ changes }: Pick<BumpRequest, "changes">) =>
      changes.map((change) => [
        change.path,
        change.kind === "overlay" ? change.images.map(({ image }) => image) : change.image.image,
      ])

    test("merges images of one overlay into one change", () => {
      const merged = mergeRequests([bumpOf("web", "prod"), bumpOf("db", "other"), bumpOf("api", "prod")])
      expect(shapes(merged)).toEqual([
        ["prod", ["web", "api"]],
        ["other", ["db"]],
      ])
      expect(merged).toMatchObject({ kind: "bump", branch: "main", timeout: 300 })
    })

    test("keeps changes of one file separate and in order", () => {
      const merged = mergeRequests([bumpOf("web", "v.yaml", ["helm:web"]), bumpOf("api", "v.yaml", ["helm:api"])])
      expect(shapes(merged)).toEqual([
        ["v.yaml", "web"],
        ["v.yaml", "api"],
      ])
    })

    test("removes the superseded image of an overlay", () => {
      const { changes } = mergeRequests([bumpOf("web", "prod"), bumpOf("api", "prod"), bumpOf("web", "test")])
      expect(shapes({ changes: leaveOut(changes, [{ path: "prod", image: "web" }]) })).toEqual([
        ["prod", ["api"]],
        ["test", ["web"]],
      ])
      expect(leaveOut(bumpOf("web", "prod").changes, [{ path: "prod", image: "web" }])).toEqual([])
    })

    test("removes the superseded image of a file", () => {
      const { changes } = mergeRequests([bumpOf("web", "v.yaml", ["helm:web"]), bumpOf("api", "v.yaml", ["helm:api"])])
      expect(shapes({ changes: leaveOut(changes, [{ path: "v.yaml", image: "web" }]) })).toEqual([["v.yaml", "api"]])
    })
  })
})

describe("proposal branch", () => {
  const main = parseGitBranch("main")
  const given = { path: "prod", image: "web", ref: `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`, branch: "main" }
  const changes = (change: Partial<BumpOptions> = {}) => parseBumpOptions({ ...given, ...change }).changes
  const name = proposalBranch(main, changes())

  test("names the base branch and a hash of the changed places", () => {
    expect(name).toMatch(/^slipway\/main\/[0-9a-f]{10}$/)
    expect(proposalBranch(parseGitBranch("release/1"), changes())).toMatch(/^slipway\/release\/1\//)
  })

  test.each([
    ["another digest", changes({ ref: `ghcr.io/acme/web@sha256:${"0b".repeat(32)}` })],
    ["another tag", changes({ tag: "v2" })],
  ])("has the same name for %s", (_, others) => {
    expect(proposalBranch(main, others)).toBe(name)
  })

  test.each([
    ["another path", changes({ path: "staging" })],
    ["another image", changes({ image: "api" })],
    ["an additional change", [...changes(), ...changes({ image: "api" })]],
  ])("has another name for %s", (_, others) => {
    expect(proposalBranch(main, others)).not.toBe(name)
  })

  test("has the same name for any order of changes", () => {
    const [web, api] = [changes(), changes({ image: "api" })]
    expect(proposalBranch(main, [...web, ...api])).toBe(proposalBranch(main, [...api, ...web]))
  })
})
