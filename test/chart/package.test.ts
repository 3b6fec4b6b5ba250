import { expect, test } from "vitest"
import { dependencyArgs, packageArgs, repositoryArgs } from "../../lib/chart/package.ts"

test("packages with the versions of the release", () => {
  expect(packageArgs({ version: "1.2.3", appVersion: "v1.2.3" }).join(" ")).toBe(
    "helm package . --version 1.2.3 --app-version v1.2.3 --destination /slipway/out",
  )
  expect(packageArgs({ version: "1.2.3" })).not.toContain("--app-version")
})

test("downloads what Chart.lock names, from each HTTP repository once, and no login is an argument", () => {
  expect(dependencyArgs().join(" ")).toBe("helm dependency build .")
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
