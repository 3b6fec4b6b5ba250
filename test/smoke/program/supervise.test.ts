import { describe, expect, test } from "vitest"
import type { Check } from "../../../lib/smoke/program/probe.ts"
import { supervise } from "../../../lib/smoke/program/supervise.ts"

const LISTEN = "require('net').createServer().listen(port, () => console.log('ready'))"

/** Runs a script of Node with short limits; `port` is a number in the script. */
async function run(script: string, check: Check, { seconds = 10, port = 0 } = {}) {
  return await supervise({
    args: [process.execPath, "-e", `const port = ${port}; ${script}`],
    env: {},
    machines: [],
    check,
    seconds,
    steady: 0.6,
    settle: 0.5,
  })
}

let next = 30_000 + (process.pid % 20_000)
const freePort = () => next++

describe("a program that stays up", () => {
  test("passes when its port answers, and is ended", async () => {
    const port = freePort()
    const { end, listeners, log } = await run(LISTEN, { kind: "port", ports: [port] }, { port })
    expect(end).toMatchObject({ kind: "steady", ready: expect.stringMatching(`^port ${port} answered after `) })
    expect(end).toHaveProperty("after", expect.closeTo(0.9, 0))
    expect(listeners).toContainEqual({ port, loopback: false })
    expect(log).toBe("ready\n")
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed")
  })

  test("passes without a check when it runs on", async () => {
    const { end } = await run("setInterval(() => {}, 1000)", { kind: "runs" })
    expect(end).toMatchObject({ kind: "steady", ready: "it runs" })
  })

  test("is late if nothing answers, with the ports that it listens on", async () => {
    const port = freePort()
    const { end, listeners } = await run(LISTEN, { kind: "port", ports: [1] }, { port, seconds: 1 })
    expect(end).toMatchObject({ kind: "late", reason: "nothing answers on port 1" })
    expect(listeners).toContainEqual({ port, loopback: false })
  })

  test("is lost if it stops to answer", async () => {
    const port = freePort()
    const closing =
      "const s = require('net').createServer((c) => { c.destroy(); s.close() }).listen(port); setInterval(() => {}, 9e6)"
    const { end } = await run(closing, { kind: "port", ports: [port] }, { port })
    expect(end).toMatchObject({ kind: "lost", reason: `nothing answers on port ${port}` })
  })
})

describe("a program that ends", () => {
  test("has its exit code, its time and all of its output", async () => {
    const { end, log } = await run("console.log('out'); console.error('err'); process.exitCode = 3", { kind: "runs" })
    expect(end).toMatchObject({ kind: "exited", code: 3 })
    expect(log).toMatch(/out\n/)
    expect(log).toMatch(/err\n/)
  })

  test("after it was ready is a crash too", async () => {
    const port = freePort()
    const crash = "require('net').createServer(() => process.exit(4)).listen(port)"
    const { end } = await run(crash, { kind: "port", ports: [port] }, { port })
    expect(end).toMatchObject({ kind: "exited", code: 4 })
  })

  test("by a signal has its name", async () => {
    const { end } = await run("process.kill(process.pid, 'SIGILL'); setInterval(() => {}, 9e6)", { kind: "runs" })
    expect(end).toMatchObject({ kind: "exited", signal: "SIGILL" })
    expect(end).not.toHaveProperty("code")
  })

  test("is what a command without a check must do, within its limit", async () => {
    expect((await run("", { kind: "ends" })).end).toMatchObject({ kind: "exited", code: 0 })
    const { end } = await run("setInterval(() => {}, 9e6)", { kind: "ends" }, { seconds: 1 })
    expect(end).toEqual({ kind: "late", after: 1, reason: "it did not end" })
  })
})

test("a program that cannot start is a fault, and is not started", async () => {
  const order = { env: {}, machines: [], check: { kind: "runs" as const }, seconds: 1, steady: 1, settle: 1 }
  const began = Date.now()
  const { end, startedAt } = await supervise({ ...order, args: ["/none/app"] })
  expect(end).toEqual({ kind: "fault", fault: { kind: "missing", path: "/none/app" } })
  expect(startedAt).toBeGreaterThanOrEqual(began)
})
