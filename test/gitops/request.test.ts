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
    { name: "nothing", text: "" },
    { name: "an absolute path", text: "/etc" },
    { name: "a way out", text: "apps/../../etc" },
    { name: "git's own folder", text: "apps/.git/hooks" },
    { name: "git's own folder in capitals", text: ".GIT" },
    { name: "an option", text: "--output=/x" },
    { name: "a line end", text: "apps\n" },
    { name: "backslashes", text: "apps\\web" },
  ])("refuses $name", ({ text }) => {
    expect(() => parseRepositoryPath(text)).toThrow("OPTIONS_INVALID: expected a path inside the GitOps repository")
  })
})

describe("request", () => {
  const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
  const request = parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main" })

  test("says of every change what the commit will record", () => {
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
  ])("edits are $name", ({ edits, changes }) => {
    const request = parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main", edits })
    const seen = request.changes.map((change) => [
      change.path,
      change.kind === "file" && change.edits.map(({ kind }) => kind),
    ])
    expect(seen).toEqual(changes)
    expect(request.changes[0]).toMatchObject(FILE)
    expect(request.changes.flatMap(trailersOf).map(({ path }) => path)).toEqual(changes.map(([path]) => path))
  })

  test.each(["../a.yaml#helm:image", "a.yaml#toml:x"])("the edit %s is refused before anything is cloned", (edit) => {
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

    test("of one overlay are one change of it, and of other overlays their own", () => {
      const merged = mergeRequests([bumpOf("web", "prod"), bumpOf("db", "other"), bumpOf("api", "prod")])
      expect(shapes(merged)).toEqual([
        ["prod", ["web", "api"]],
        ["other", ["db"]],
      ])
      expect(merged).toMatchObject({ kind: "bump", branch: "main", timeout: 300 })
    })

    test("in one file stay apart, in their order", () => {
      const merged = mergeRequests([bumpOf("web", "v.yaml", ["helm:web"]), bumpOf("api", "v.yaml", ["helm:api"])])
      expect(shapes(merged)).toEqual([
        ["v.yaml", "web"],
        ["v.yaml", "api"],
      ])
    })

    test("go on without the one that a newer bump holds in that place", () => {
      const { changes } = mergeRequests([bumpOf("web", "prod"), bumpOf("api", "prod"), bumpOf("web", "test")])
      expect(shapes({ changes: leaveOut(changes, [{ path: "prod", image: "web" }]) })).toEqual([
        ["prod", ["api"]],
        ["test", ["web"]],
      ])
      expect(leaveOut(bumpOf("web", "prod").changes, [{ path: "prod", image: "web" }])).toEqual([])
    })

    test("of a file go without it too", () => {
      const { changes } = mergeRequests([bumpOf("web", "v.yaml", ["helm:web"]), bumpOf("api", "v.yaml", ["helm:api"])])
      expect(shapes({ changes: leaveOut(changes, [{ path: "v.yaml", image: "web" }]) })).toEqual([["v.yaml", "api"]])
    })
  })
})

describe("own branch", () => {
  const main = parseGitBranch("main")
  const given = { path: "prod", image: "web", ref: `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`, branch: "main" }
  const changes = (change: Partial<BumpOptions> = {}) => parseBumpOptions({ ...given, ...change }).changes
  const name = proposalBranch(main, changes())

  test("names the branch that it is made on, and the places that it changes", () => {
    expect(name).toMatch(/^slipway\/main\/[0-9a-f]{10}$/)
    expect(proposalBranch(parseGitBranch("release/1"), changes())).toMatch(/^slipway\/release\/1\//)
  })

  test.each([
    ["another digest", changes({ ref: `ghcr.io/acme/web@sha256:${"0b".repeat(32)}` })],
    ["another tag", changes({ tag: "v2" })],
  ])("is the same for %s", (_, others) => {
    expect(proposalBranch(main, others)).toBe(name)
  })

  test.each([
    ["another path", changes({ path: "staging" })],
    ["another image", changes({ image: "api" })],
    ["one more", [...changes(), ...changes({ image: "api" })]],
  ])("is another for %s", (_, others) => {
    expect(proposalBranch(main, others)).not.toBe(name)
  })

  test("does not depend on the order", () => {
    const [web, api] = [changes(), changes({ image: "api" })]
    expect(proposalBranch(main, [...web, ...api])).toBe(proposalBranch(main, [...api, ...web]))
  })
})
