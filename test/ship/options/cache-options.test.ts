import type { Directory, File } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { cacheOptions } from "../../../lib/ship/options/cache-options.ts"

const directory = {} as Directory
const publicKey = {} as File
const flags = { registry: {} }
const repository = "ghcr.io/acme/hello/cache"

test.each([
  { name: "nothing", call: flags, settings: {} },
  { name: "only a size", call: flags, settings: { cache: { megabytes: 5 } } },
])("has no caches with $name", async ({ call, settings }) => {
  expect(await cacheOptions(call, settings)).toBeUndefined()
})

test("prefers the directory of the call, with the settings' size", async () => {
  const settings = { cache: { repository, megabytes: 5 } }
  expect(await cacheOptions({ ...flags, cache: directory }, settings)).toEqual({ directory, limit: 5_000_000 })
})

test("takes the repository of the settings, and two gigabytes", async () => {
  const { store, limit, signer } = (await cacheOptions(flags, { cache: { repository } })) ?? {}
  expect({ name: store?.repository.name, access: store?.access, limit, signer }).toEqual({
    name: repository,
    access: { plainHttp: false },
    limit: 2e9,
    signer: undefined,
  })
})

test.each([
  { name: "seven days by default", cache: { repository }, days: 7 },
  { name: "the days of the settings", cache: { repository, resultDays: 2 }, days: 2 },
  { name: "no day where that is off", cache: { repository, resultDays: false as const }, days: undefined },
])("lets a result count for $name", async ({ cache, days }) => {
  expect((await cacheOptions(flags, { cache }))?.resultDays).toBe(days)
})

test("knows the repository of the image, also for a rehearsal", async () => {
  const settings = { cache: { repository }, repository: "ghcr.io/acme/hello" }
  expect((await cacheOptions(flags, settings))?.of).toBe("ghcr.io/acme/hello")
})

test.each([
  { name: "the settings' public key", sign: {}, files: { publicKey }, kind: "publicKey" },
  {
    name: "the settings' identity",
    sign: { identity: "release@acme.example", issuer: "https://id.acme.example" },
    files: {},
    kind: "identity",
  },
  { name: "nobody, without an issuer", sign: { identity: "release@acme.example" }, files: {}, kind: undefined },
])("expects a rehearsal's caches to be signed by $name", async ({ sign, files, kind }) => {
  const options = await cacheOptions(flags, { cache: { repository }, sign }, files)
  expect(options?.signer?.kind).toBe(kind)
})

test("refuses an address that is no repository", async () => {
  await expect(cacheOptions(flags, { cache: { repository: "cache:v1" } })).rejects.toThrow("ADDRESS_INVALID")
})
