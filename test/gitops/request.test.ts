import { describe, expect, test } from "vitest"
import { parseBumpOptions } from "../../lib/gitops/options.ts"
import { type BumpRequest, leaveOut, mergeRequests, trailersOf } from "../../lib/gitops/request.ts"

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
