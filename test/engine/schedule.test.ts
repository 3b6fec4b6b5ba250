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

/** Runs the tasks, and returns the largest number of them at once. */
async function mostAtOnce(tasks: object[]): Promise<number> {
  let running = 0
  let most = 0
  await runAll(tasks, async () => {
    most = Math.max(most, ++running)
    await sleep(5)
    running--
  })
  return most
}

test("runs heavy tasks one after the other", async () => {
  expect(await mostAtOnce(["a", "b", "c"].map(heavy))).toBe(1)
})

test("runs three light tasks at the same time as a heavy one", async () => {
  const lights = ["a", "b", "c", "d"].map((name) => light(name))
  expect(await mostAtOnce([heavy("e"), heavy("f"), ...lights])).toBe(4)
})

test("ends the run when a task fails", async () => {
  const broken = async (name: string) => {
    if (name === "b") throw new Error("no network")
  }
  await expect(runAll([light("a"), light("b"), light("c", ["b"])], broken)).rejects.toThrow("no network")
})
