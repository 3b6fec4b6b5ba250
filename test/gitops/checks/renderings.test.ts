import { describe, expect, test } from "vitest"
import type { ChartPlace } from "../../../lib/gitops/checks/options.ts"
import { planRenderings } from "../../../lib/gitops/checks/renderings.ts"
import { parseBumpOptions } from "../../../lib/gitops/options.ts"
import { stubDirectory } from "../../stub-directory.ts"

const tree = stubDirectory({
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  "base/deployment.yaml": "apiVersion: apps/v1\nkind: Deployment\n",
  "overlays/prod/kustomization.yaml":
    "resources: [../../base]\npatches: [{ path: patch.yaml }]\ncomponents: [../../part]\n",
  "overlays/prod/patch.yaml": "kind: Deployment\n",
  "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
  "part/kustomization.yaml": "kind: Component\n",
  "charts/web/Chart.yaml": "name: web\n",
  "charts/web/values.yaml": "image: web\n",
  "charts/web/env/prod.yaml": "image: web\n",
  "env/prod.yaml": "image: web\n",
  "plain/pod.yaml": "apiVersion: v1\nkind: Pod\n",
  "app.env": "IMAGE=web\n",
})

const plan = async (path: string, { edits, charts = [] }: { edits?: string[]; charts?: object[] } = {}) => {
  const options = { path, image: "web", ref: `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`, branch: "main" }
  const { changes } = parseBumpOptions({ ...options, ...(edits && { edits }) })
  return await planRenderings(tree, changes, { charts: charts as ChartPlace[] })
}
const built = (path: string) => ({ kind: "kustomize", path, options: [] })
const helm = { kind: "helm", release: "web", namespace: "default", chart: "charts/web" }

describe("what shows a change", () => {
  test.each([
    { name: "an overlay", path: "overlays/prod", edits: undefined, shown: [built("overlays/prod")] },
    {
      name: "a component, by the overlay that includes it",
      path: "part",
      edits: undefined,
      shown: [built("overlays/prod")],
    },
    {
      name: "a kustomization's file",
      path: "overlays/dev/kustomization.yaml",
      edits: ["kustomize:web"],
      shown: [built("overlays/dev")],
    },
    {
      name: "a resource, by all overlays that use it",
      path: "base/deployment.yaml",
      edits: ["yaml:a"],
      shown: [built("overlays/dev"), built("overlays/prod")],
    },
    { name: "a patch", path: "overlays/prod/patch.yaml", edits: ["yaml:a"], shown: [built("overlays/prod")] },
    {
      name: "a chart's own values",
      path: "charts/web/values.yaml",
      edits: ["helm:image"],
      shown: [{ ...helm, path: "charts/web/values.yaml", values: [] }],
    },
    {
      name: "other values in a chart",
      path: "charts/web/env/prod.yaml",
      edits: ["helm:image"],
      shown: [{ ...helm, path: "charts/web/env/prod.yaml", values: [{ file: "charts/web/env/prod.yaml" }] }],
    },
    {
      name: "a manifest",
      path: "plain/pod.yaml",
      edits: ["yaml:a"],
      shown: [{ kind: "file", path: "plain/pod.yaml" }],
    },
  ])("is $name", async ({ path, edits, shown }) => {
    const { renderings, notes } = await plan(path, edits && { edits })
    expect(renderings).toEqual(shown)
    expect(notes).toEqual([])
  })

  test("is each chart that the settings name for a values file", async () => {
    const charts = [{ values: "env/prod.yaml", chart: "charts/web", release: "shop", namespace: "n" }]
    const { renderings, reads } = await plan("env/prod.yaml", { edits: ["helm:image"], charts })
    const values = [{ file: "env/prod.yaml" }]
    expect(renderings).toEqual([{ ...helm, path: "env/prod.yaml", values, release: "shop", namespace: "n" }])
    expect(reads).toContain("charts/web")
  })

  test.each(["env/prod.yaml", "app.env"])("is nothing for %s alone, and a note says so", async (path) => {
    const { renderings, notes } = await plan(path, { edits: [path === "app.env" ? "env:IMAGE" : "helm:image"] })
    expect(renderings).toEqual([])
    expect(notes).toEqual([
      `${path} is in no overlay, chart or manifest, so nothing was checked: name the chart of a values file in checks.render.charts`,
    ])
  })

  test("depends on the overlay with all its parts", async () => {
    expect((await plan("overlays/prod")).reads.toSorted()).toEqual([
      "base",
      "base/deployment.yaml",
      "overlays/prod",
      "part",
    ])
  })
})
