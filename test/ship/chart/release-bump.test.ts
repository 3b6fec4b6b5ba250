import { describe, expect, test } from "vitest"
import { trailersOf } from "../../../lib/gitops/request.ts"
import { digestOf, digestRef, parseRepository } from "../../../lib/oci/reference.ts"
import { chartEdit, parseReleaseBump } from "../../../lib/ship/chart/release-bump.ts"

const ref = digestRef(parseRepository("ghcr.io/acme/web"), digestOf("image"))
const chart = { ref: digestRef(parseRepository("ghcr.io/acme/charts/web"), digestOf("chart")), version: "1.2.3" }
const place = { branch: "main", path: "prod", image: "web", spareTag: "v1" }
const trailers = (...args: Parameters<typeof parseReleaseBump>) =>
  parseReleaseBump(...args)
    .changes.flatMap(trailersOf)
    .map(({ path, image, ref }) => `${path} ${image} ${ref}`)

describe("one commit", () => {
  test("has the image alone without a chart, or without files for it", () => {
    expect(trailers(place, { ref })).toEqual([`prod web ${ref}`])
    expect(trailers(place, { ref, chart })).toEqual([`prod web ${ref}`])
  })

  test("has image and chart", () => {
    expect(trailers({ ...place, charts: ["apps/web.yaml", "apps/test.yaml"] }, { ref, chart })).toEqual([
      `prod web ${ref}`,
      `apps/web.yaml ghcr.io/acme/charts/web ${chart.ref}`,
      `apps/test.yaml ghcr.io/acme/charts/web ${chart.ref}`,
    ])
  })

  test("has the chart, and names the image in it, which has no place of its own", () => {
    const only = { ...place, path: "apps/web.yaml", image: "ghcr.io/acme/charts/web", charts: ["apps/web.yaml"] }
    const request = parseReleaseBump({ ...only, chartOnly: true }, { ref, chart })
    expect(request.changes.flatMap(trailersOf)).toEqual(
      [
        { path: "apps/web.yaml", image: "ghcr.io/acme/charts/web", ref: chart.ref, tag: "1.2.3" },
        { path: "apps/web.yaml", image: "ghcr.io/acme/web", ref },
      ].map(({ path, image, ref: its }) => ({ path, image, ref: its })),
    )
    expect(request.changes).toMatchObject([{ edits: [{ kind: "chart", name: "web" }], image: { tag: "1.2.3" } }])
  })

  test("of one file has both edits", () => {
    const edits = ["helm:image"]
    const { changes } = parseReleaseBump({ ...place, path: "app.yaml", edits, charts: ["app.yaml"] }, { ref, chart })
    expect(changes).toMatchObject([
      { path: "app.yaml", edits: [{ kind: "helm" }] },
      { path: "app.yaml", edits: [{ kind: "chart" }] },
    ])
  })
})

test.each([
  ["apps/web.yaml", "apps/web.yaml#chart:web"],
  ["apps/all.yaml#Application/web", "apps/all.yaml#chart:Application/web:web"],
])("%s is the edit %s", (text, edit) => {
  expect(chartEdit(text, "web")).toBe(edit)
})
