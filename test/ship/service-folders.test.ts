import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { serviceSettings } from "../../lib/config/services.ts"
import type { Settings } from "../../lib/config/settings.ts"
import { requireFolders } from "../../lib/ship/service-folders.ts"

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
