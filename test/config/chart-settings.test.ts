import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../lib/config/services.ts"
import { parseSettings } from "../../lib/config/settings-file.ts"

const CHART = "chart: { path: chart, repository: ghcr.io/acme/charts }\n"

describe("a chart", () => {
  test("needs no place for the image where its files are bumped", () => {
    const text = "gitops: { repo: https://git.example.com/deploy }\n"
    expect(() => parseSettings(`${text}${CHART}`)).toThrow(/gitops\.path/)
    expect(parseSettings(`${text}${CHART.replace(" }", ", gitops: [apps/web.yaml] }")}`).chart?.gitops).toHaveLength(1)
  })

  test.each(["path", "repository"])("needs a %s", (key) => {
    expect(() => parseSettings(CHART.replace(new RegExp(`${key}: [^ ,]+,? ?`), ""))).toThrow(`chart.${key}`)
  })

  test("is that of each service that has one, with the file's defaults", () => {
    const text =
      "chart: { repository: ghcr.io/acme/charts }\nservices: { api: { chart: { path: api/chart } }, web: {} }\n"
    const services = serviceSettings(parseSettings(text))
    expect(services.get("api")?.chart).toEqual({ path: "api/chart", repository: "ghcr.io/acme/charts" })
    expect(services.get("web")?.chart).toBeUndefined()
    expect(() => parseSettings(text.replace("path: api/chart", "version: 1.0.0"))).toThrow(/services\.api\.chart\.path/)
  })
})
