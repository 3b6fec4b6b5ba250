import type { Directory } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { serviceSettings } from "../../../lib/config/services.ts"
import type { Settings } from "../../../lib/config/settings.ts"
import { readSettings, requireFolders, settingsFiles } from "../../../lib/ship/options/settings.ts"
import { stubDirectory } from "../../stub-directory.ts"

describe("settings", () => {
  const source = stubDirectory({ "slipway.yaml": "scan: { severity: LOW }\n", "certs/ca.pem": "ca", "root.json": "{}" })

  test("settings are the file's with overrides over them, and overrides alone where there is no file", async () => {
    expect(await readSettings(source)).toEqual({ scan: { severity: "LOW" } })
    expect(await readSettings(source, ["scan.severity=HIGH"])).toEqual({ scan: { severity: "HIGH" } })
    expect(await readSettings(stubDirectory({}), ["tags=[a]"])).toEqual({ tags: ["a"] })
  })

  test("a file that settings name by its path is one of the source", async () => {
    const files = await settingsFiles(source, {
      registry: { caCertificate: "certs/ca.pem" },
      sign: { trustedRoot: "root.json" },
    })
    expect([await files.caCertificate?.contents(), await files.trustedRoot?.contents()]).toEqual(["ca", "{}"])
    expect(files.signingConfig).toBeUndefined()
  })

  test.each([
    { name: "registry.caCertificate", settings: { registry: { caCertificate: "ca.pem" } }, path: "ca.pem" },
    { name: "sign.signingConfig", settings: { sign: { signingConfig: "config.json" } }, path: "config.json" },
    { name: "sign.trustedRoot", settings: { sign: { trustedRoot: "certs/root.json" } }, path: "certs/root.json" },
  ])("$name that leads nowhere is refused", async ({ name, settings, path }) => {
    await expect(settingsFiles(source, settings)).rejects.toThrow(
      `SETTINGS_INVALID: expected ${name} to be the path of a file of the source, got "${path}", which is not there.`,
    )
  })
})

describe("service folders", () => {
  /** A source with these folders, each named in full. */
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
      name: "what it is built from",
      services: { api: { build: { context: "shared" } } },
      key: "services.api.build.context",
      path: "shared",
    },
    {
      name: "what it is tested in",
      services: { api: { test: { paths: ["api", "e2e"] } } },
      key: "services.api.test.paths",
      path: "e2e",
    },
  ])("a service without $name is refused, by the key that is wrong", async ({ services, all, key, path }) => {
    const refused = check(services, sourceOf("api"), all)
    await expect(refused).rejects.toThrow(
      `SETTINGS_INVALID: expected ${key} in slipway.yaml to be a folder of the source, got "${path}", which is not there (there are api, Dockerfile).`,
    )
  })

  test.each<{ name: string; services: Settings["services"]; all?: Settings; folders: string[] }>([
    { name: "all of them are there", services: { api: {}, web: { path: "apps/web" } }, folders: ["api", "apps/web"] },
    {
      name: "a service uses none",
      services: { tools: { test: false, build: { context: "." } } },
      folders: [],
    },
    { name: "the whole source is built from", services: { api: { path: "." } }, folders: [] },
  ])("nothing is refused where $name", async ({ services, all, folders }) => {
    await check(services, sourceOf(...folders), all)
  })
})
