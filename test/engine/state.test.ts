import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setImmediate } from "node:timers/promises"
import { expect, test } from "vitest"

const STATE = new URL("./lib/state.mjs", import.meta.url).href
const { dropLargeState, dropState } = await import(STATE)

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

test("empties an engine, and ends a deletion that was interrupted", () => {
  const state = stateOf3Mb()
  mkdirSync(join(state, "../old-1/state"), { recursive: true })
  dropState(state)
  expect(readdirSync(join(state, ".."))).toEqual([])
})

test("empties an engine that was never started", () => {
  const state = join(mkdtempSync(join(tmpdir(), "slipway-state-")), "instance/state")
  dropState(state)
  expect(existsSync(state)).toBe(false)
})

// the engine would start on what is left of a state that was deleted in its place
test("leaves nothing in the state's place if its deletion is killed", async () => {
  const state = stateOf3Mb()
  const files = Array.from({ length: 5_000 }, (_, layer) => join(state, `layer/${layer}`))
  for (const file of files) writeFileSync(file, "")
  const program = `(await import(${JSON.stringify(STATE)})).dropState(${JSON.stringify(state)})`
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "inherit" })
  const closed = once(child, "close")
  while (files.every((file) => existsSync(file))) await setImmediate()
  child.kill("SIGKILL")
  await closed
  expect(existsSync(state)).toBe(false)
})
