import { describe, expect, test } from "vitest"
import { renderAll, renderingText, renderPair } from "../../../lib/gitops/checks/render.ts"
import { fakeTools } from "../../fake-tool.ts"
import { stubDirectory } from "../../stub-directory.ts"

const tools = { kustomize: "k", helm: "h" }
const helm = { kind: "helm" as const, path: "p", chart: "charts/web", release: "web", namespace: "n", values: [] }
const pod = (image: string) => `kind: Pod\nmetadata: { name: a }\nspec: { containers: [{ image: ${image} }] }\n`

test("names each rendering", () => {
  expect(renderingText({ kind: "kustomize", path: "prod", options: [] })).toBe("kustomize build prod")
  expect(renderingText(helm)).toBe("helm template web charts/web")
  expect(renderingText({ kind: "file", path: "pod.yaml" })).toBe("pod.yaml")
})

describe("rendering", () => {
  test("downloads dependencies of a chart only if they are not in its folder", async () => {
    const asked = fakeTools(() => ({ stdout: pod("a") }))
    const chart = "dependencies: [{ name: db }]\n"
    await renderAll(stubDirectory({ "charts/web/Chart.yaml": chart }), [helm], tools)
    await renderAll(stubDirectory({ "charts/web/Chart.yaml": chart, "charts/web/charts/db-1.tgz": "" }), [helm], tools)
    expect(asked.map(({ args }) => args.includes("--dependency-update"))).toEqual([true, false])
  })

  test("fails with helm's reason", async () => {
    fakeTools(() => ({ exitCode: 1, stderr: "Error: nil pointer" }))
    const rendered = renderAll(stubDirectory({ "charts/web/Chart.yaml": "name: web\n" }), [helm], tools)
    await expect(rendered).rejects.toThrow(
      "CHECKER_FAILED: expected the chart charts/web to render, got Error: nil pointer. Run helm template web charts/web and correct the error. Nothing was pushed.",
    )
  })

  test("renders also what a changed Application deploys, and leaves the others", async () => {
    const asked = fakeTools(() => ({ stdout: pod("a") }))
    const application = (name: string, value: string) =>
      `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: ${name} }\nspec: { source: { repoURL: r, path: charts/web, helm: { values: "a: ${value}" } } }\n---\n`
    const tree = (value: string) =>
      stubDirectory({
        "apps.yaml": application("web", value) + application("other", "0"),
        "charts/web/Chart.yaml": "name: web\n",
      })
    const pair = await renderPair({ before: tree("1"), after: tree("2") }, [{ kind: "file", path: "apps.yaml" }], {
      ...tools,
      remote: "r",
    })
    expect(pair.after.map(({ objects }) => objects.map(({ name }) => name))).toEqual([
      ["Application/web", "Application/other"],
      ["Pod/a"],
    ])
    expect(pair.before).toHaveLength(2)
    expect(asked.map(({ args }) => args[2])).toEqual(["web", "web"])
  })
})
