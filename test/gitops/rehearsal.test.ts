import { expect, test } from "vitest"
import { rehearsalHistory } from "../../lib/gitops/rehearsal.ts"

test("renders one commit on main, each part with its exact length in bytes", () => {
  const history = rehearsalHistory(["größe/web", "größe/api"])
  expect(history).toMatch(/^commit refs\/heads\/main\n/)
  const parts = [...history.matchAll(/^M 100644 inline (\S+)\ndata (\d+)\n/gm)]
  expect(parts.map(([, path]) => path)).toEqual([
    "base/web.yaml",
    "base/api.yaml",
    "base/kustomization.yaml",
    "overlays/production/kustomization.yaml",
  ])
  const [first] = parts
  const bytes = Buffer.from(history)
  const start = Buffer.byteLength(history.slice(0, (first?.index ?? 0) + (first?.[0].length ?? 0)))
  const text = bytes.subarray(start, start + Number(first?.[2])).toString()
  expect(text).toMatch(/image: größe\/web\n$/)
})
