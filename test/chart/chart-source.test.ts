import { describe, expect, test } from "vitest"
import { hasLocalDependency, missingDependencies, parseChartFile, readChart } from "../../lib/chart/chart-source.ts"
import { stubDirectory } from "../stub-directory.ts"

const CHART = "apiVersion: v2\nname: web\nversion: 1.2.3\n"
const WITH_REDIS = `${CHART}dependencies: [{ name: redis, version: 1.x, repository: https://charts.example.com }]\n`
const files = (own: Record<string, string>) =>
  stubDirectory(Object.fromEntries(Object.entries(own).map(([path, text]) => [`chart/${path}`, text])))

describe("reads a chart", () => {
  test("with its values and without dependencies", async () => {
    const chart = await readChart(files({ "Chart.yaml": CHART, "values.yaml": "image: {}\n" }), "chart")
    expect(chart).toMatchObject({ path: "chart", file: { name: "web", version: "1.2.3" }, values: "image: {}\n" })
    expect(chart.missing).toEqual([])
  })

  test.each([
    ["charts/redis/Chart.yaml", []],
    ["charts/redis-1.2.3.tgz", []],
    ["charts/redis-cluster-1.2.3.tgz", ["redis"]],
    ["charts/README.md", ["redis"]],
  ])("and takes a dependency from %s: %j are missing", async (path, missing) => {
    const own = { "Chart.yaml": WITH_REDIS, "Chart.lock": "", "values.yaml": "", [path]: "" }
    expect((await readChart(files(own), "chart")).missing.map(({ name }) => name)).toEqual(missing)
  })
})

describe("refuses a chart", () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ["without Chart.yaml", { "values.yaml": "" }, /a chart with Chart\.yaml in "chart", got none\. Set chart\.path/],
    ["without values.yaml", { "Chart.yaml": CHART }, /chart\/values\.yaml, which gets the image, got none/],
    [
      "of the first version",
      { "Chart.yaml": CHART.replace("v2", "v1"), "values.yaml": "" },
      /apiVersion: v2 in chart\/Chart\.yaml, got "v1"/,
    ],
    [
      "with requirements.yaml",
      { "Chart.yaml": CHART, "values.yaml": "", "requirements.yaml": "" },
      /its dependencies in Chart\.yaml, got a requirements\.yaml/,
    ],
    [
      "whose dependencies are neither vendored nor locked",
      { "Chart.yaml": WITH_REDIS, "values.yaml": "" },
      /chart\/Chart\.lock for the dependencies .* got none, for redis/,
    ],
    ["without a name", { "Chart.yaml": "apiVersion: v2\nversion: 1.2.3\n", "values.yaml": "" }, /apiVersion, name and/],
    ["that is not YAML", { "Chart.yaml": "a: [", "values.yaml": "" }, /chart\/Chart\.yaml to be YAML/],
  ])("%s", async (_, own, message) => {
    await expect(readChart(files({ ...own, other: "" }), "chart")).rejects.toThrow(message)
    await expect(readChart(files({ ...own, other: "" }), "chart")).rejects.toThrow(
      /^CHART_INVALID.*Nothing was pushed\.$/,
    )
  })

  test("whose name is no part of a repository", () => {
    expect(() => parseChartFile(CHART.replace("web", "Web/../x"), "chart")).toThrow(/lower-case letters/)
  })
})

test("a dependency in a folder of the source needs the whole source", () => {
  expect(hasLocalDependency([{ name: "a", repository: "file://../common" }])).toBe(true)
  expect(hasLocalDependency([{ name: "a", repository: "https://charts.example.com" }])).toBe(false)
})

test("every dependency is missing without a folder charts", () => {
  const dependencies = [{ name: "a" }, { name: "b" }]
  expect(missingDependencies({ apiVersion: "v2", name: "web", version: "1.0.0", dependencies }, [])).toEqual(
    dependencies,
  )
})
