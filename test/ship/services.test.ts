import { expect, test } from "vitest"
import { findUnreadable } from "../../lib/ship/services.ts"

const service = (name: string, readable: Promise<unknown>) => ({ name, ahead: { readable } })

test("of all services it is known which cannot be built before one of them is", async () => {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("no Dockerfile")), 5))
  const all = [service("api", Promise.resolve()), service("web", late)]
  expect(await findUnreadable(all)).toEqual(["web"])
  expect(await findUnreadable(all.slice(0, 1))).toEqual([])
})
