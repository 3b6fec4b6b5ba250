import { setTimeout as sleep } from "node:timers/promises"
import { expect, test } from "vitest"

const { runAll } = await import(new URL("./lib/schedule.mjs", import.meta.url).href)

const light = (name: string, needs: string[] = []) => ({ name, needs, heavy: false })
const heavy = (name: string) => ({ name, needs: [], heavy: true })

test("starts a task when all its dependencies have ended", async () => {
  const log: string[] = []
  await runAll([light("last", ["first", "second"]), light("first"), light("second")], async (name: string) => {
    log.push(`begin ${name}`)
    await sleep(name === "first" ? 20 : 1)
    log.push(`end ${name}`)
  })
  expect(log.slice(-2)).toEqual(["begin last", "end last"])
})

test("runs two heavy tasks at once, not three", async () => {
  let running = 0
  let most = 0
  await runAll(["a", "b", "c", "d"].map(heavy), async () => {
    most = Math.max(most, ++running)
    await sleep(5)
    running--
  })
  expect(most).toBe(2)
})

test("ends the run when a task fails", async () => {
  const broken = async (name: string) => {
    if (name === "b") throw new Error("no network")
  }
  await expect(runAll([light("a"), light("b"), light("c", ["b"])], broken)).rejects.toThrow("no network")
})
