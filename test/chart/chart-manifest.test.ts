import { expect, test } from "vitest"
import { chartAnnotations, renderChartConfig, renderChartManifest } from "../../lib/chart/chart-manifest.ts"
import { parseImageManifest } from "../../lib/oci/manifest.ts"
import { digestOf } from "../../lib/oci/reference.ts"

const file = {
  apiVersion: "v2",
  name: "web",
  version: "1.4.0",
  description: "A web server",
  home: "https://example.com",
}

test("the config has the fields of Chart.yaml with the new versions", () => {
  expect(JSON.parse(renderChartConfig(file, { version: "2.0.0", appVersion: "v2" }))).toEqual({
    ...file,
    version: "2.0.0",
    appVersion: "v2",
  })
  expect(JSON.parse(renderChartConfig({ ...file, appVersion: "1" }, { version: "2.0.0" }))).toMatchObject({
    appVersion: "1",
  })
})

test("the manifest has Helm's media types, and the digests of its parts", () => {
  const config = renderChartConfig(file, { version: "2.0.0" })
  const layer = { digest: digestOf("layer"), size: 5 }
  const text = renderChartManifest({ config, layer, annotations: { a: "b" } })
  const manifest = parseImageManifest(text, "the chart")
  expect(manifest.config).toMatchObject({
    mediaType: "application/vnd.cncf.helm.config.v1+json",
    digest: digestOf(config),
    size: Buffer.byteLength(config),
  })
  expect(manifest.layers).toEqual([{ mediaType: "application/vnd.cncf.helm.chart.content.v1.tar+gzip", ...layer }])
})

test("the annotations name the chart and the commit, and not the time of the run", () => {
  const revision = { commit: "f00d", time: 1_700_000_000, tags: [], dirty: false, url: "https://git.example.com/web" }
  expect(chartAnnotations(file, { version: "2.0.0", revision })).toEqual({
    "org.opencontainers.image.created": "2023-11-14T22:13:20Z",
    "org.opencontainers.image.description": "A web server",
    "org.opencontainers.image.revision": "f00d",
    "org.opencontainers.image.source": "https://git.example.com/web",
    "org.opencontainers.image.title": "web",
    "org.opencontainers.image.version": "2.0.0",
  })
})
