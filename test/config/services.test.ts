import { describe, expect, test } from "vitest"
import { replicasOf, serviceSettings } from "../../lib/config/services.ts"
import type { Settings } from "../../lib/config/settings.ts"

describe("services", () => {
  const one = (settings: Settings, name = "api") => serviceSettings(settings).get(name)

  test("returns no services for a file of a single image", () => {
    expect([...serviceSettings({ repository: "ghcr.io/acme/app" })]).toEqual([])
  })

  test("builds and tests a service without settings in the folder of its name", () => {
    expect(one({ repository: "ghcr.io/acme", services: { api: {} } })).toEqual({
      path: "api",
      repository: "ghcr.io/acme/api",
      test: { paths: ["api"] },
      build: { context: "api" },
      scan: {},
    })
  })

  test("has a repository in each replica, named as in the main one", () => {
    const replicas = ["mirror.example/acme", { repository: "other.example/acme", plainHttp: true }]
    expect(one({ repository: "ghcr.io/acme", replicas, services: { api: {} } })?.replicas).toEqual([
      { repository: "mirror.example/acme/api" },
      { repository: "other.example/acme/api", plainHttp: true },
    ])
  })

  test("finds the replicas of a repository", () => {
    const replicas = ["mirror.example/acme"]
    const several: Settings = { repository: "ghcr.io/acme", replicas, services: { api: {} } }
    expect(replicasOf(several, "ghcr.io/acme/api")).toEqual(["mirror.example/acme/api"])
    expect(replicasOf(several, "ghcr.io/acme")).toEqual([])
    expect(replicasOf({ repository: "ghcr.io/acme", replicas }, "ghcr.io/acme")).toEqual(replicas)
    expect(replicasOf({ repository: "ghcr.io/acme" }, "ghcr.io/acme")).toEqual([])
  })

  test("uses another folder as build context and for tests", () => {
    expect(one({ services: { api: { path: "services/api" } } })).toMatchObject({
      test: { paths: ["services/api"] },
      build: { context: "services/api" },
    })
  })

  describe("settings for all services", () => {
    const all: Settings = {
      platforms: ["linux/amd64"],
      tags: ["{sha}"],
      test: { image: "golang:1.26" },
      build: { args: { V: 1 } },
      scan: { failOn: { severity: "LOW" }, exceptions: [{ id: "CVE-1" }] },
      gitops: { repo: "https://g/d", path: "prod", branch: "live" },
      services: {
        api: {},
        web: {
          ...{ repository: "quay.io/web", platforms: ["linux/arm64"], tags: ["web-{sha}"] },
          ...{ test: false, build: { context: ".", dockerfile: "web/Dockerfile" } },
          ...{ scan: { failOn: { kev: true }, exceptions: [{ id: "CVE-2" }] }, gitops: { imageName: "web" } },
        },
      },
    }

    test("apply to a service without its own", () => {
      expect(one(all)).toEqual({
        path: "api",
        platforms: ["linux/amd64"],
        tags: ["{sha}"],
        test: { image: "golang:1.26", paths: ["api"] },
        build: { context: "api", args: { V: 1 } },
        scan: all.scan,
        gitops: all.gitops,
      })
    })

    test("give way to those of a service", () => {
      expect(one(all, "web")).toEqual({
        path: "web",
        repository: "quay.io/web",
        platforms: ["linux/arm64"],
        tags: ["web-{sha}"],
        test: false,
        build: { context: ".", args: { V: 1 }, dockerfile: "web/Dockerfile" },
        scan: { failOn: { severity: "LOW", kev: true }, exceptions: [{ id: "CVE-1" }, { id: "CVE-2" }] },
        gitops: { ...all.gitops, imageName: "web" },
      })
    })

    test("can disable tests that one service enables", () => {
      const services = { api: { test: { commands: ["make test"] } }, web: {} }
      expect(one({ test: false, services })?.test).toEqual({ paths: ["api"], commands: ["make test"] })
      expect(one({ test: false, services }, "web")?.test).toBe(false)
    })
  })

  describe("pullRequest of a service", () => {
    const general = { autoMerge: true, forge: "gitea" as const, endpoint: "https://g/api" }
    type PullRequest = NonNullable<Settings["gitops"]>["pullRequest"]
    test.each<{ name: string; all?: PullRequest; own?: PullRequest; merged?: PullRequest }>([
      { name: "defaults to the file's", all: general, merged: general },
      { name: "keeps the file's options if it is true", all: general, own: true, merged: general },
      {
        name: "wins for each of its keys",
        all: general,
        own: { autoMerge: false },
        merged: { ...general, autoMerge: false },
      },
      { name: "wins if it is false", all: general, own: false, merged: false },
      { name: "wins if the file's is false", all: false, own: { forge: "github" }, merged: { forge: "github" } },
    ])("$name", ({ all, own, merged }) => {
      const gitops = { repo: "https://g/d", path: "prod" }
      const { api } = { api: { gitops: { ...(own !== undefined && { pullRequest: own }) } } }
      const settings: Settings = {
        gitops: { ...gitops, ...(all !== undefined && { pullRequest: all }) },
        services: { api },
      }
      expect(one(settings)?.gitops).toEqual({ ...gitops, pullRequest: merged })
    })
  })
})
