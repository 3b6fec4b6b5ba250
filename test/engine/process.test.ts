import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"

const cache = mkdtempSync(path.join(tmpdir(), "slipway-engine-"))
process.env["SLIPWAY_ENGINE_CACHE"] = cache
const library = new URL("./lib/process.mjs", import.meta.url).href
const { familySeconds, findRecorded, killRecorded, startRecorded, stopRecorded } = await import(library)
afterAll(() => rmSync(cache, { recursive: true, force: true, maxRetries: 5 }))

const onLinux = test.runIf(process.platform === "linux")
const start = (name: string, script: string) =>
  startRecorded(name, "bash", ["-c", script], { env: process.env, log: path.join(cache, `${name}.log`) })
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
/** A process that ended before its parent waited for it is a zombie. */
const runs = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
  } catch {
    return false
  }
}

onLinux(
  "ends a process that it started, even one that ignores SIGTERM",
  async () => {
    const { pid } = start("deaf", "trap '' TERM; while :; do sleep 0.1; done")
    expect(findRecorded("deaf")).toMatchObject({ pid })
    await stopRecorded("deaf", 300)
    expect(findRecorded("deaf")).toBeUndefined()
    // a process that has ended exists until its parent waits for it
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false)
  },
  20_000,
)

onLinux("kills a process with its children at once", async () => {
  const file = path.join(cache, "child")
  const { pid } = start("parent", `trap '' TERM; sleep 60 & echo $! >${file}; wait`)
  const child = () => Number(readFileSync(file, "utf8"))
  await expect.poll(() => existsSync(file) && child() > 0, { timeout: 10_000 }).toBe(true)
  killRecorded("parent")
  await expect.poll(() => runs(pid) || runs(child()), { timeout: 10_000 }).toBe(false)
})

onLinux("spares a process that has taken over a recorded id", async () => {
  const { pid } = start("other", "sleep 60")
  const record = { ...findRecorded("other"), started: "1" }
  writeFileSync(path.join(cache, "run/taken.json"), JSON.stringify(record))
  expect(findRecorded("taken")).toBeUndefined()
  killRecorded("taken")
  await stopRecorded("taken")
  expect(isAlive(pid)).toBe(true)
  await stopRecorded("other")
})

onLinux(
  "counts the processor time of a process's children, and none for one that waits",
  async () => {
    start("working", "timeout 10 sh -c 'while :; do :; done' & wait")
    start("waiting", "sleep 60")
    await expect.poll(() => familySeconds("working"), { timeout: 10_000 }).toBeGreaterThan(0.2)
    expect(familySeconds("waiting")).toBeLessThan(0.05)
    await Promise.all(["working", "waiting"].map((name) => stopRecorded(name, 300)))
    expect(familySeconds("working")).toBe(0)
  },
  20_000,
)
