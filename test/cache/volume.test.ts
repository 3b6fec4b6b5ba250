import { CacheSharingMode } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { mountVolume, testVolume } from "../../lib/cache/volume.ts"

const plan = { name: "go", image: "golang:1.26", cacheKey: "slipway-test-go-1" }
const mount = { id: "/root/.npm", sharing: "locked", stage: "deps", text: "RUN npm ci", base: "node:24" } as const

test("names the volume of a test runner as the tests do", () => {
  expect(testVolume(plan, undefined)).toMatchObject({ volume: "slipway-test-go-1", sharing: CacheSharingMode.Shared })
  const exclusive = testVolume({ ...plan, exclusiveCache: true }, "1000:1000")
  expect(exclusive).toMatchObject({ sharing: CacheSharingMode.Locked, owner: "1000:1000" })
})

test.each([
  { name: "another lock file", one: testVolume({ ...plan, cacheKey: "slipway-test-go-2" }, undefined) },
  { name: "another image", one: testVolume({ ...plan, image: "golang:1.27" }, undefined) },
  {
    name: "another folder with other dependencies",
    one: testVolume({ ...plan, name: "api/go", cacheKey: "x" }, undefined),
  },
])("falls back to the family for $name", ({ one }) => {
  const { family, key } = testVolume(plan, undefined)
  expect(one.family).toBe(family)
  expect(one.key).not.toBe(key)
})

test.each([
  { name: "another ecosystem", one: testVolume({ ...plan, name: "node" }, undefined) },
  { name: "another owner", one: testVolume(plan, "1000") },
  { name: "another sharing mode", one: testVolume({ ...plan, exclusiveCache: true }, undefined) },
])("is of another family for $name", ({ one }) => {
  expect(one.family).not.toBe(testVolume(plan, undefined).family)
})

test("names the volume of a cache mount as the engine does", () => {
  const volume = mountVolume(mount, "")
  expect(volume).toMatchObject({ volume: "//root/.npm", sharing: CacheSharingMode.Locked })
  expect(mountVolume({ ...mount, sharing: "shared" }, "").family).not.toBe(volume.family)
})

test.each([
  { name: "the stage", key: mountVolume({ ...mount, text: "RUN npm ci --omit=dev" }, "").key },
  { name: "the base image", key: mountVolume({ ...mount, base: "node:26" }, "").key },
  { name: "the base image's digest", key: mountVolume(mount, "sha256:1").key },
])("depends on $name", ({ key }) => {
  expect(key).not.toBe(mountVolume(mount, "").key)
})
