import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"

const { dropLargeState } = await import(new URL("./lib/state.mjs", import.meta.url).href)

/** The state of an engine with a layer of 3 MB. */
function stateOf3Mb(): string {
  const state = join(mkdtempSync(join(tmpdir(), "slipway-state-")), "state")
  mkdirSync(join(state, "layer"), { recursive: true })
  writeFileSync(join(state, "layer/file"), Buffer.alloc(3_000_000, 1))
  return state
}

test("keeps a state below the limit", () => {
  const state = stateOf3Mb()
  dropLargeState(state, { largest: 10 })
  expect(existsSync(join(state, "layer/file"))).toBe(true)
})

test("goes on with a deletion that was interrupted", async () => {
  const state = stateOf3Mb()
  mkdirSync(join(state, "../old-1/state"), { recursive: true })
  dropLargeState(state, { largest: 10 })
  await expect.poll(() => readdirSync(join(state, ".."))).toEqual(["state"])
})

test("removes a state above the limit at once, and its files afterwards", async () => {
  const state = stateOf3Mb()
  dropLargeState(state, { largest: 2 })
  expect(existsSync(state)).toBe(false)
  await expect.poll(() => readdirSync(join(state, ".."))).toEqual([])
})

test("has nothing to do before the first start", () => {
  const state = join(mkdtempSync(join(tmpdir(), "slipway-state-")), "state")
  dropLargeState(state)
  expect(existsSync(state)).toBe(false)
})
