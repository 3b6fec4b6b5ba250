import { describe, expect, test } from "vitest"
import { applyEdit } from "../../../lib/gitops/file-edit.ts"
import { digestOf, digestRef, parseRepository } from "../../../lib/oci/reference.ts"

const digest = digestOf("chart")
const ref = digestRef(parseRepository("ghcr.io/acme/charts/web"), digest)
const edit = (text: string, { name = "web", tag = "2.0.0" }: { name?: string; tag?: string | undefined } = {}) =>
  applyEdit(text, { kind: "chart", name, image: { ref, ...(tag && { tag }) } })
const old = `sha256:${"0".repeat(64)}`

const APPLICATION = "kind: Application\nmetadata: {name: web}\nspec: {source: SOURCE}\n"
const OCI = "kind: OCIRepository\nmetadata: {name: web}\nspec: {url: oci://ghcr.io/acme/charts/web, ref: REF}\n"

describe("the version and the digest of a chart are written", () => {
  test.each([
    [
      "into Argo CD's chart source",
      APPLICATION.replace("SOURCE", "{repoURL: ghcr.io/acme/charts, chart: web, targetRevision: 1.x}"),
      { "1.x": "2.0.0" },
    ],
    [
      "into Argo CD's OCI source, as a version",
      APPLICATION.replace("SOURCE", "{repoURL: oci://ghcr.io/acme/charts/web, path: ., targetRevision: 1.0.0}"),
      { "1.0.0": "2.0.0" },
    ],
    [
      "into Argo CD's OCI source, as a digest",
      APPLICATION.replace("SOURCE", `{repoURL: oci://ghcr.io/acme/charts/web, path: ., targetRevision: "${old}"}`),
      { [old]: digest },
    ],
    [
      "into Argo CD's OCI source, as both",
      APPLICATION.replace(
        "SOURCE",
        `{repoURL: oci://ghcr.io/acme/charts/web, path: ., targetRevision: "1.0.0@${old}"}`,
      ),
      { [`1.0.0@${old}`]: `2.0.0@${digest}` },
    ],
    [
      "into an ApplicationSet",
      "kind: ApplicationSet\nspec: {template: {spec: {sources: [{repoURL: ghcr.io/acme/charts, chart: web, targetRevision: 1.0.0}]}}}\n",
      { "1.0.0": "2.0.0" },
    ],
    [
      "into Flux's OCIRepository",
      OCI.replace("REF", `{tag: 1.0.0, digest: "${old}"}`),
      { "1.0.0": "2.0.0", [old]: digest },
    ],
    ["into an OCIRepository with a range", OCI.replace("REF", `{semver: 1.x, digest: "${old}"}`), { [old]: digest }],
    [
      "into Flux's HelmRelease",
      "kind: HelmRelease\nspec: {chart: {spec: {chart: web, version: 1.x, sourceRef: {kind: HelmRepository, name: acme}}}}\n",
      { "1.x": "2.0.0" },
    ],
    ["into Flux's HelmChart", "kind: HelmChart\nspec: {chart: web, version: 1.0.0}\n", { "1.0.0": "2.0.0" }],
    [
      "into k3s's HelmChart",
      "kind: HelmChart\nspec: {chart: oci://ghcr.io/acme/charts/web, version: 1.0.0}\n",
      { "1.0.0": "2.0.0" },
    ],
    [
      "into a kustomization",
      "helmCharts: [{name: web, repo: oci://ghcr.io/acme/charts, version: 1.0.0}, {name: db, version: 7.0.0}]\n",
      { "1.0.0": "2.0.0" },
    ],
  ])("%s", (_, before, texts) => {
    const { text, changes, pinned } = edit(before)
    expect(text).toBe(Object.entries(texts).reduce((now, [from, to]) => now.replace(from, to), before))
    expect(changes).toHaveLength(Object.keys(texts).length)
    expect(pinned).toBe(true)
    expect(edit(text), "again").toMatchObject({ text, changes: [] })
  })
})

test("every source of the file is written, and only those of the chart from its repository", () => {
  const sources =
    "[{repoURL: ghcr.io/acme/charts, chart: web, targetRevision: 1.0.0}, {repoURL: ghcr.io/other/charts, chart: web, targetRevision: 1.0.0}, {repoURL: ghcr.io/acme/charts, chart: db, targetRevision: 1.0.0}]"
  const { changes } = edit(`kind: Application\nspec: {sources: ${sources}}\n`)
  expect(changes.map(({ path }) => path)).toEqual(["spec.sources[0].targetRevision"])
})

test("an object of the file can be named", () => {
  const one = (name: string) =>
    APPLICATION.replace("web}", `${name}}`).replace(
      "SOURCE",
      "{repoURL: ghcr.io/acme/charts, chart: web, targetRevision: 1.0.0}",
    )
  const { changes } = edit(`${one("a")}---\n${one("b")}`, { name: "Application/b:web" })
  expect(changes.map(({ path }) => path)).toEqual(["Application/b:spec.source.targetRevision"])
})

test("an OCIRepository with a tag alone is bumped, with a note", () => {
  const { text, notes } = edit(OCI.replace("REF", "{tag: 1.0.0}"))
  expect(text).toContain("tag: 2.0.0")
  expect(notes.join()).toContain("add spec.ref.digest to pin it by digest")
})

describe("an edit is refused", () => {
  test.each([
    ["of a chart that the file does not take", "kind: Deployment\nspec: {}\n", /expected a source of the chart web/],
    [
      "of the same chart from another repository",
      APPLICATION.replace("SOURCE", "{repoURL: ghcr.io/other, chart: web, targetRevision: 1.0.0}"),
      /from ghcr\.io\/acme\/charts\/web, got one from ghcr\.io\/other\/web/,
    ],
    ["of an OCIRepository with a range alone", OCI.replace("REF", "{semver: 1.x}"), /got spec\.ref\.semver, a range/],
    ["of an OCIRepository without a reference", OCI.replace(", ref: REF", ""), /expected spec\.ref\.digest or/],
  ])("%s", (_, text, message) => {
    expect(() => edit(text)).toThrow(message)
  })

  test("without the version that a source needs", () => {
    const text = APPLICATION.replace("SOURCE", "{repoURL: ghcr.io/acme/charts, chart: web, targetRevision: 1.0.0}")
    expect(() => edit(text, { tag: "" })).toThrow(/expected the chart's version.*Pass it as --tag/)
  })
})
