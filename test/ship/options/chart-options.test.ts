import { expect, test } from "vitest"
import type { ChartSource } from "../../../lib/chart/chart-source.ts"
import { chartDestination, chartOptions } from "../../../lib/ship/options/chart-options.ts"

const source = { file: { name: "web" } } as ChartSource
const main = { username: "ci", plainHttp: true }

test("the image is at image by default, and the version has a default", () => {
  expect(chartOptions(source, { chart: {} })).toEqual({ source, addresses: ["image"] })
  expect(chartOptions(source, { chart: { values: ["web.image"], version: "{semver}" } })).toEqual({
    source,
    addresses: ["web.image"],
    template: "{semver}",
  })
})

test("the chart's name joins the repository, as with helm push", () => {
  const chart = { repository: "oci://ghcr.io/acme/charts/", gitops: ["apps/web.yaml"] }
  expect(chartDestination(main, { chart }, { repository: "ghcr.io/acme/web", chart: source })).toEqual({
    chart: { repository: "ghcr.io/acme/charts/web", files: ["apps/web.yaml"], registry: main },
  })
})

test("the login of the image's registry is not used for another one", () => {
  const chart = { repository: "charts.example.com/acme" }
  expect(chartDestination(main, { chart }, { repository: "ghcr.io/acme/web", chart: source }).chart?.registry).toEqual(
    {},
  )
})

test("without a chart there is no destination", () => {
  expect(chartDestination(main, {}, { repository: "ghcr.io/acme/web" })).toEqual({})
})
