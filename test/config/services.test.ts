import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../lib/config/services.ts"
import type { Settings } from "../../lib/config/settings.ts"

describe("services", () => {
  const one = (settings: Settings, name = "api") => serviceSettings(settings).get(name)

  test("a file about a single image has no services", () => {
    expect([...serviceSettings({ repository: "ghcr.io/acme/app" })]).toEqual([])
  })

  test("a service that says nothing is built and tested in the folder of its name", () => {
    expect(one({ repository: "ghcr.io/acme", services: { api: {} } })).toEqual({
      path: "api",
      repository: "ghcr.io/acme/api",
      test: { paths: ["api"] },
      build: { context: "api" },
      scan: {},
    })
  })

  test("another folder is both the context and where its tests are", () => {
    expect(one({ services: { api: { path: "services/api" } } })).toMatchObject({
      test: { paths: ["services/api"] },
      build: { context: "services/api" },
    })
  })

  describe("what holds for all holds for each", () => {
    const all: Settings = {
      platforms: ["linux/amd64"],
      tags: ["{sha}"],
      test: { image: "golang:1.26" },
      build: { args: { V: 1 } },
      scan: { severity: "LOW", exceptions: [{ id: "CVE-1" }] },
      gitops: { repo: "https://g/d", path: "prod", branch: "live" },
      services: {
        api: {},
        web: {
          ...{ repository: "quay.io/web", platforms: ["linux/arm64"], tags: ["web-{sha}"] },
          ...{ test: false, build: { context: ".", dockerfile: "web/Dockerfile" } },
          ...{ scan: { exceptions: [{ id: "CVE-2" }] }, gitops: { imageName: "web" } },
        },
      },
    }

    test("where it says nothing else", () => {
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

    test("and its own word wins", () => {
      expect(one(all, "web")).toEqual({
        path: "web",
        repository: "quay.io/web",
        platforms: ["linux/arm64"],
        tags: ["web-{sha}"],
        test: false,
        build: { context: ".", args: { V: 1 }, dockerfile: "web/Dockerfile" },
        scan: { severity: "LOW", exceptions: [{ id: "CVE-1" }, { id: "CVE-2" }] },
        gitops: { ...all.gitops, imageName: "web" },
      })
    })

    test("no tests for all can be tests for one", () => {
      const services = { api: { test: { commands: ["make test"] } }, web: {} }
      expect(one({ test: false, services })?.test).toEqual({ paths: ["api"], commands: ["make test"] })
      expect(one({ test: false, services }, "web")?.test).toBe(false)
    })
  })

  describe("a service's own word on the delivery of its bump", () => {
    const general = { autoMerge: true, forge: "gitea" as const, endpoint: "https://g/api" }
    type PullRequest = NonNullable<Settings["gitops"]>["pullRequest"]
    test.each<{ name: string; all?: PullRequest; own?: PullRequest; merged?: PullRequest }>([
      { name: "is the file's where it says nothing", all: general, merged: general },
      { name: "keeps the file's forge where it only wants a request", all: general, own: true, merged: general },
      {
        name: "wins for each thing that it says",
        all: general,
        own: { autoMerge: false },
        merged: { ...general, autoMerge: false },
      },
      { name: "wins where it wants none", all: general, own: false, merged: false },
      { name: "wins where the file wants none", all: false, own: { forge: "github" }, merged: { forge: "github" } },
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
