import { describe, expect, test } from "vitest"
import type { ChartSource } from "../../../lib/chart/chart-source.ts"
import { parseRepository } from "../../../lib/oci/reference.ts"
import { chartTarget, hasChart, planChart } from "../../../lib/ship/chart/chart.ts"
import type { ShipOptions } from "../../../lib/ship/context.ts"

const chart = { source: { file: { name: "web", version: "1.4.0" } } as ChartSource, addresses: ["image"] }
const revision = { commit: "f00dbeef".repeat(5), time: 1, tags: [], dirty: false }
const delivery = { kind: "delivery", repository: parseRepository("ghcr.io/acme/web") } as const
const destination = { ...delivery, chart: parseRepository("ghcr.io/acme/charts/web") }

describe("a finished run has released the chart", () => {
  test("at the version of the commit, in the chart's repository", () => {
    const version = "1.4.0-gf00dbee"
    expect(chartTarget({ chart, destination }, revision)).toEqual({ repository: "ghcr.io/acme/charts/web", version })
  })

  test.each<[string, Pick<ShipOptions, "chart" | "destination">]>([
    ["without a chart", { destination }],
    ["in a rehearsal", { chart, destination: { kind: "rehearsal" } }],
    ["without a repository for it", { chart, destination: delivery }],
  ])("or needs none %s", (_, options) => {
    expect(chartTarget(options, revision)).toBeUndefined()
  })
})

test("nothing is asked of a registry without a chart", async () => {
  const step = { options: {}, place: {} } as Parameters<typeof planChart>[1]
  expect(await planChart({ ref: "" as never, tags: [] }, step)).toBeUndefined()
  expect(await hasChart(undefined, {} as Parameters<typeof hasChart>[1])).toBe(true)
})
