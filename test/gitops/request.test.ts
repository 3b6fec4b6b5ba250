import { expect, test } from "vitest"
import { parseBumpOptions } from "../../src/gitops/options.ts"
import { trailersOf } from "../../src/gitops/request.ts"

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
