import { expect, test } from "vitest"
import type { RunCache } from "../../../lib/ship/cache/run-cache.ts"
import { saveCaches, startFilling } from "../../../lib/ship/cache/stage.ts"
import type { Context } from "../../../lib/ship/context.ts"
import type { HeadStart } from "../../../lib/ship/source-image.ts"
import { startStopwatch } from "../../../lib/ship/stopwatch.ts"
import { Scanner } from "../../../src/enums.ts"

/** A run whose caches note what is asked of them. */
function contextWith(options: object = {}) {
  const scan = { scanner: Scanner.TRIVY, databases: {}, dbRepositories: [] }
  const calls: string[] = []
  const cache = {
    fill: async (volumes: unknown[]) => void calls.push(`fill ${volumes.length}`),
    save: () => void calls.push("save"),
  }
  const watch = startStopwatch()
  const context = { cache: cache as unknown as RunCache, options: { scan, ...options }, ...watch } as unknown as Context
  return { context, calls, stages: watch.stages }
}

const ahead = (image: object, plans: Promise<never[]> = Promise.resolve([])) =>
  ({ image: { kind: "source", ...image }, plans }) as unknown as HeadStart
const reading = Promise.resolve({ perPlatform: [] })

test("fills the caches of tests, build and scanner in one stage", async () => {
  const { context, calls, stages } = contextWith()
  await Promise.all(Object.values(startFilling(ahead({ reading }), context)))
  expect(calls.sort()).toEqual(["fill 0", "fill 0", "fill 1"])
  expect(stages.map(({ name }) => name)).toEqual(["import"])
})

test("leaves an unreadable source to the stages that read it", async () => {
  const { context } = contextWith()
  const broken = Promise.reject(new Error("unreadable"))
  broken.catch(() => {})
  const { tests, build } = startFilling(ahead({ reading: broken }, broken), context)
  await expect(Promise.all([tests, build])).resolves.toEqual([undefined, undefined])
})

test("does nothing for a given image, where nothing of the source runs", async () => {
  const { context, calls, stages } = contextWith({ given: {} })
  const { tests, build } = startFilling(ahead({ reading }), context)
  await Promise.all([tests, build])
  expect({ calls, stages }).toEqual({ calls: [], stages: [] })
})

test("exports after one image, and leaves the export of several services to their run", () => {
  const [image, service] = [contextWith(), contextWith({ service: "api" })]
  saveCaches(image.context)
  saveCaches(service.context)
  expect([image.calls, service.calls]).toEqual([["save"], []])
})
