import { expect, test } from "vitest"

const { isAtLeast } = await import(new URL("./lib/found.mjs", import.meta.url).href)

test.each([
  { version: "v0.21.8", enough: true },
  { version: "v0.21.10", enough: true },
  { version: "v0.22.0-alpha.1", enough: true },
  { version: "v1.0.0", enough: true },
  { version: "v0.21.7", enough: false },
  { version: "v0.9.12", enough: false },
  { version: undefined, enough: false },
])("accepts dagger $version: $enough", ({ version, enough }) => {
  expect(isAtLeast(version, "v0.21.8")).toBe(enough)
})
