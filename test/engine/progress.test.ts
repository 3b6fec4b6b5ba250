import { expect, test } from "vitest"

const { isProgress, untilStalled } = await import(new URL("./lib/progress.mjs", import.meta.url).href)

test.each([
  { name: "output", before: { seconds: 1, bytes: 10 }, after: { seconds: 1, bytes: 11 }, progress: true },
  { name: "processor time", before: { seconds: 1, bytes: 10 }, after: { seconds: 1.5, bytes: 10 }, progress: true },
  { name: "the end of a child", before: { seconds: 9, bytes: 10 }, after: { seconds: 2, bytes: 10 }, progress: true },
  { name: "a timer's ticks", before: { seconds: 1, bytes: 10 }, after: { seconds: 1.01, bytes: 10 }, progress: false },
  { name: "nothing", before: { seconds: 1, bytes: 10 }, after: { seconds: 1, bytes: 10 }, progress: false },
])("reads $name", ({ before, after, progress }) => {
  expect(isProgress(before, after)).toBe(progress)
})

/** Counts the intervals of 15 seconds until the work counts as stalled. */
async function intervals(measure: (interval: number) => object): Promise<number> {
  let count = 0
  await untilStalled(() => measure(count), { pause: async () => void count++ })
  return count
}

test("stops work that has done nothing for ten minutes", async () => {
  expect(await intervals(() => ({ seconds: 3, bytes: 10 }))).toBe(40)
})

test("does not stop work that takes hours, and counts from its last progress", async () => {
  const worksFor = 4 * 120
  expect(await intervals((interval) => ({ seconds: Math.min(interval, worksFor), bytes: 10 }))).toBe(worksFor + 40)
})
