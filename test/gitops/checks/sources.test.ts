import { describe, expect, test } from "vitest"
import { parse } from "yaml"
import { helmArgs, imagesOverlay, isSameRemote, sourceOf } from "../../../lib/gitops/checks/sources.ts"

const remote = "https://git.example/acme/deploy.git"
const files = new Set(["charts/web/Chart.yaml", "charts/web/env/prod.yaml", "overlays/prod/kustomization.yaml"])
const sourced = (value: Record<string, unknown>) => sourceOf({ name: "X/web", value }, { files, remote })

const release = (spec: object, metadata: object = { name: "web", namespace: "flux" }) => {
  return { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", metadata, spec }
}
const chart = (more: object = {}, sourceRef: object = { kind: "GitRepository", name: "deploy" }) => {
  return { spec: { chart: "./charts/web", sourceRef, ...more } }
}
const application = (spec: object) => {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "web" }, spec }
}
const source = (more: object = {}) => ({ repoURL: "git@git.example:acme/deploy", path: "charts/web", ...more })

describe("what an object deploys", () => {
  test("is nothing for other objects", () => {
    expect(sourced({ apiVersion: "v1", kind: "Pod" })).toBeUndefined()
    expect(sourced({ apiVersion: "example.com/v1", kind: "HelmRelease" })).toBeUndefined()
  })

  test("is the chart of a HelmRelease with its values", () => {
    const helm = { kind: "helm", path: "X/web", chart: "charts/web" }
    expect(sourced(release({ chart: chart(), values: { a: 1 } }))).toEqual({
      renderings: [{ ...helm, release: "web", namespace: "flux", values: [{ text: "a: 1\n" }] }],
      notes: [],
    })
    const named = {
      releaseName: "r",
      targetNamespace: "shop",
      chart: chart({ valuesFiles: ["./charts/web/env/prod.yaml"] }),
    }
    expect(sourced(release(named))?.renderings).toEqual([
      { ...helm, release: "r", namespace: "shop", values: [{ file: "charts/web/env/prod.yaml" }] },
    ])
    expect(sourced(release({ targetNamespace: "shop", chart: chart() }))?.renderings).toMatchObject([
      { release: "shop-web" },
    ])
  })

  test("is the chart of an Application with values and parameters", () => {
    const helm = {
      ...{ releaseName: "r", valueFiles: ["env/prod.yaml"], values: "a: 1\n" },
      parameters: [
        { name: "image.tag", value: "1,2", forceString: true },
        { name: "b", value: "3" },
      ],
    }
    expect(sourced(application({ source: source({ helm }), destination: { namespace: "shop" } }))).toEqual({
      renderings: [
        {
          ...{ kind: "helm", path: "X/web", chart: "charts/web", release: "r", namespace: "shop" },
          values: [{ file: "charts/web/env/prod.yaml" }, { text: "a: 1\n" }],
          parameters: ["--set-string", "image.tag=1\\,2", "--set", "b=3"],
        },
      ],
      notes: [],
    })
    const object = source({ helm: { valuesObject: { a: 2 }, values: "a: 1\n" } })
    expect(sourced(application({ sources: [object] }))?.renderings).toMatchObject([
      { values: [{ text: "a: 2\n" }], release: "web" },
    ])
  })

  test("is the overlay of an Application with its images", () => {
    const images = [`web=ghcr.io/acme/web@sha256:0a`]
    expect(
      sourced(application({ source: source({ path: "overlays/prod", kustomize: { images } }) }))?.renderings,
    ).toEqual([{ kind: "kustomize", path: "overlays/prod", options: [], images }])
  })

  test.each([
    {
      name: "a chart of a Helm repository",
      value: release({ chart: chart({}, { kind: "HelmRepository" }) }),
      why: "its chart is not in this repository",
    },
    {
      name: "a chart that is not there",
      value: release({ chart: { spec: { chart: "./x", sourceRef: { kind: "GitRepository" } } } }),
      why: "its chart is not in this repository",
    },
    {
      name: "an OCI chart",
      value: release({ chartRef: { kind: "OCIRepository" } }),
      why: "its chart is not in this repository",
    },
    {
      name: "values of the cluster",
      value: release({ chart: chart(), valuesFrom: [{}] }),
      why: "it has values from objects of the cluster (valuesFrom)",
    },
    {
      name: "another repository",
      value: application({ source: source({ repoURL: "https://git.example/acme/other" }) }),
      why: "its source https://git.example/acme/other is another repository",
    },
    {
      name: "a values file of another source",
      value: application({ source: source({ helm: { valueFiles: ["$values/x.yaml"] } }) }),
      why: "its values file charts/web/$values/x.yaml is not in this repository",
    },
    {
      name: "a plain folder",
      value: application({ source: source({ path: "plain" }) }),
      why: "plain has neither a chart nor a kustomization",
    },
    { name: "no source", value: application({}), why: "it names no source" },
  ])("is not rendered for $name", ({ value, why }) => {
    expect(sourced(value)).toEqual({ renderings: [], notes: [`X/web is not rendered: ${why}`] })
  })
})

test.each([
  { one: "https://git.example/acme/deploy.git", other: "git@git.example:acme/deploy", same: true },
  { one: "ssh://git@git.example:2222/acme/deploy.git", other: "https://git.example/acme/deploy/", same: true },
  { one: "https://git.example/acme/deploy", other: "https://git.example/acme/deploy2", same: false },
  { one: "https://git.example/acme/deploy", other: "https://evil.example/acme/deploy", same: false },
])("$one and $other are the same repository: $same", ({ one, other, same }) =>
  expect(isSameRemote(one, other)).toBe(same),
)

test("passes values in their order, and updates dependencies only if asked", () => {
  const rendering = {
    ...{ kind: "helm" as const, path: "p", chart: "c", release: "r", namespace: "n" },
    values: [{ file: "a.yaml" }, { text: "x: 1" }, { file: "b.yaml" }],
    parameters: ["--set", "a=1"],
  }
  const args = [
    "helm",
    "template",
    "r",
    "c",
    "--namespace",
    "n",
    "--values",
    "a.yaml",
    "--values",
    "/t",
    "--values",
    "b.yaml",
  ]
  expect(helmArgs(rendering, { texts: ["/t"], dependencies: false })).toEqual([...args, "--set", "a=1"])
  expect(helmArgs(rendering, { texts: ["/t"], dependencies: true }).at(-1)).toBe("--dependency-update")
})

test("an Application's images become entries of an overlay", () => {
  const digest = `sha256:${"0a".repeat(32)}`
  const text = imagesOverlay("../tree", [`web=ghcr.io:5000/acme/web:v1@${digest}`, "api:v2", `db@${digest}`])
  expect(parse(text)).toMatchObject({
    resources: ["../tree"],
    images: [
      { name: "web", newName: "ghcr.io:5000/acme/web", newTag: "v1", digest },
      { name: "api", newName: "api", newTag: "v2" },
      { name: "db", newName: "db", digest },
    ],
  })
})
