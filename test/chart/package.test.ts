import { describe, expect, test } from "vitest"
import { dependencyArgs, judgeRendering, packageArgs, repositoryArgs } from "../../lib/chart/package.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"

test("packages with the versions of the release", () => {
  expect(packageArgs({ version: "1.2.3", appVersion: "v1.2.3" }).join(" ")).toBe(
    "helm package . --version 1.2.3 --app-version v1.2.3 --destination /slipway/out",
  )
  expect(packageArgs({ version: "1.2.3" })).not.toContain("--app-version")
})

test("downloads what Chart.lock names, from each HTTP repository once, and no login is an argument", () => {
  const redis = { name: "redis", repository: "https://charts.example.com" }
  const missing = [
    redis,
    { name: "cache", repository: redis.repository },
    { name: "db", repository: "oci://ghcr.io/db" },
  ]
  expect(repositoryArgs([...missing, { name: "common", repository: "file://../common" }])).toEqual([
    ["helm", "repo", "add", "slipway-0", "https://charts.example.com"],
  ])
})

test("downloads by plain HTTP only from the chart's own registry", () => {
  const args = (repository: string, plainHttp = true) =>
    dependencyArgs({ missing: [{ name: "db", repository }], plainHttp, host: "registry.test:5000" }).join(" ")
  expect(args("oci://registry.test:5000/charts")).toBe("helm dependency build . --plain-http")
  expect(args("oci://registry.test:5000/charts", false)).toBe("helm dependency build .")
  expect(args("oci://ghcr.io/charts")).toBe("helm dependency build .")
  expect(args("https://charts.example.com")).toBe("helm dependency build .")
})

describe("the templates of a chart", () => {
  const ref = digestRef(parseRepository("ghcr.io/acme/web"), digestOf("image"))
  const judge = (exitCode: number, stdout: string, stderr = "") =>
    judgeRendering({ exitCode, stdout, stderr }, { path: "chart", ref })

  test("render the digest", () => {
    expect(judge(0, `image: "${ref}"\n`)).toBe("its templates render the image by digest")
    expect(judge(0, `image: web@sha256:${ref.split("sha256:")[1]}\n`)).toContain("by digest")
  })

  test("cannot be judged without the values of a user, and the reason stands in the record", () => {
    expect(judge(1, "", "coalesce.go: a warning\nError: execution error at (web/t.yaml:1:2): host is required\n")).toBe(
      "not rendered, because its own values are not enough: execution error at (web/t.yaml:1:2): host is required",
    )
  })

  test("are refused if they render another reference", () => {
    expect(() => judge(0, "image: web:latest\n")).toThrow(/^CHART_INVALID: .* got manifests without it\./)
  })
})
