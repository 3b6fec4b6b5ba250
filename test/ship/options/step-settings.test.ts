import type { Directory } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../../lib/config/services.ts"
import type { Settings } from "../../../lib/config/settings.ts"
import {
  buildSettingsOf,
  readBuildSettings,
  readSettings,
  requireFolders,
} from "../../../lib/ship/options/step-settings.ts"
import { stubDirectory } from "../../stub-directory.ts"

describe("settings", () => {
  describe("settings", () => {
    const source = stubDirectory({
      "slipway.yaml": "scan: { failOn: { severity: LOW } }\n",
    })

    test("reads the file with overrides, and overrides alone without a file", async () => {
      expect(await readSettings(source)).toEqual({ scan: { failOn: { severity: "LOW" } } })
      expect(await readSettings(source, ["scan.failOn.severity=HIGH"])).toEqual({
        scan: { failOn: { severity: "HIGH" } },
      })
      expect(await readSettings(stubDirectory({}), ["tags=[a]"])).toEqual({ tags: ["a"] })
    })
  })

  describe("service folders", () => {
    /** A source with these folders, by full path. */
    function sourceOf(...folders: string[]): Directory {
      const source = {
        exists: async (path: string) => folders.includes(path),
        entries: async () => [...folders, "Dockerfile"],
      }
      return source as unknown as Directory
    }
    const check = (services: Settings["services"], source: Directory, all: Settings = {}) =>
      requireFolders(source, serviceSettings({ ...all, services }))

    test.each<{ name: string; services: Settings["services"]; all?: Settings; key: string; path: string }>([
      { name: "a folder of its name", services: { api: {}, web: {} }, key: "services.web.path", path: "web" },
      {
        name: "the path that it names",
        services: { api: {}, web: { path: "apps/web" } },
        key: "services.web.path",
        path: "apps/web",
      },
      {
        name: "the folder that it is built from",
        services: { api: { build: { context: "shared" } } },
        key: "services.api.build.context",
        path: "shared",
      },
      {
        name: "the folder that it is tested in",
        services: { api: { test: { paths: ["api", "e2e"] } } },
        key: "services.api.test.paths",
        path: "e2e",
      },
    ])("refuses a service without $name, and names the key", async ({ services, all, key, path }) => {
      const refused = check(services, sourceOf("api"), all)
      await expect(refused).rejects.toThrow(
        `SETTINGS_INVALID: expected ${key} in slipway.yaml to be a folder in the source, got "${path}", which does not exist (the source has api, Dockerfile).`,
      )
    })

    test.each<{ name: string; services: Settings["services"]; all?: Settings; folders: string[] }>([
      { name: "all of them exist", services: { api: {}, web: { path: "apps/web" } }, folders: ["api", "apps/web"] },
      {
        name: "a service uses none",
        services: { tools: { test: false, build: { context: "." } } },
        folders: [],
      },
      { name: "a service is built from the whole source", services: { api: { path: "." } }, folders: [] },
    ])("accepts folders if $name", async ({ services, all, folders }) => {
      await check(services, sourceOf(...folders), all)
    })
  })
})

describe("step settings", () => {
  const single: Settings = { test: { image: "node:24", services: ["db=postgres:17"] }, build: { target: "prod" } }
  const several: Settings = {
    test: { timeout: 60 },
    build: { args: { V: 1 } },
    services: { api: {}, web: { path: "front", test: { commands: ["make"] } }, docs: { test: false } },
  }

  describe("a build follows the settings of one image", () => {
    test.each<{ name: string; settings: Settings; flags?: object; service?: string; result: object }>([
      { name: "those of the file", settings: single, result: { build: { target: "prod" } } },
      {
        name: "those of a service",
        settings: several,
        service: "web",
        result: { build: { context: "front", args: { V: 1 } } },
      },
      {
        name: "those for all services, with a context",
        settings: several,
        flags: { context: "api" },
        result: { build: { args: { V: 1 } } },
      },
    ])("$name", ({ settings, flags = {}, service, result }) => {
      expect(buildSettingsOf(settings, flags, service)).toMatchObject(result)
    })

    test.each([
      {
        name: "no name, with several services",
        settings: several,
        service: undefined,
        error: "--service to be one of api, web, docs, the services in slipway.yaml, got none.",
      },
      {
        name: "an unknown service",
        settings: several,
        service: "wbe",
        error: 'got "wbe". Omit --service',
      },
      { name: "a mistyped service", settings: several, service: "ap", error: 'got "ap". Did you mean "api"?' },
      {
        name: "a service in a file without services",
        settings: single,
        service: "web",
        error: "expected services in slipway.yaml for --service, got none.",
      },
    ])("or fails for $name", ({ settings, service, error }) => {
      expect(() => buildSettingsOf(settings, {}, service)).toThrow(error)
      expect(() => buildSettingsOf(settings, {}, service)).toThrow(/^OPTIONS_INVALID: /)
    })
  })

  test("a build reads the source's file with overrides", async () => {
    const source = stubDirectory({ "slipway.yaml": "build: { target: prod }\n" })
    const choice = { set: ["build.target=dev"] }
    expect(await readBuildSettings(source, {}, choice)).toMatchObject({ build: { target: "dev" } })
  })
})
