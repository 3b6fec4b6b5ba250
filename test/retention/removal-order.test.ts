import { expect, test } from "vitest"
import { graphOf, reach } from "../../lib/retention/graph.ts"
import { removalOrder } from "../../lib/retention/removal-order.ts"
import { fallback, id, inventoryOf } from "./sample-inventory.ts"

const NAMES = ["a", "b", "inner", "amd", "arm", "sig", "att", "list"]
const names = new Map(NAMES.map((name) => [id(name) as string, name]))

type Given = Omit<Parameters<typeof inventoryOf>[0], "tags"> & { images: string[]; tags?: Record<string, string> }

function order({ images, tags = {}, ...given }: Given): string[][] {
  const graph = graphOf(
    inventoryOf({ tags: { ...Object.fromEntries(images.map((name) => [name, name])), ...tags }, ...given }),
  )
  const steps = removalOrder(images.map(id), reach(images.map(id), graph), graph)
  return images.map((name) => (steps.get(id(name)) ?? []).map(({ digest, role }) => `${role} ${names.get(digest)}`))
}

test("what refers to an image goes first, its platforms last", () => {
  const referrers = { a: ["sig"], amd: ["att"] }
  expect(order({ images: ["a"], lists: { a: ["amd", "arm"] }, referrers })).toEqual([
    ["referrer sig", "referrer att", "image a", "part amd", "part arm"],
  ])
})

test("an index within an index goes after it, and before what it lists", () => {
  const lists = { a: ["inner"], inner: ["amd"] }
  expect(order({ images: ["a"], lists, referrers: { amd: ["att"] } })).toEqual([
    ["referrer att", "image a", "part inner", "part amd"],
  ])
})

test("what two images share goes with the last of them", () => {
  const lists = { a: ["amd"], b: ["amd", "arm"] }
  expect(order({ images: ["a", "b"], lists })).toEqual([["image a"], ["image b", "part amd", "part arm"]])
})

test("the tag that stands in for the API goes after what it lists, so that a run that breaks finds it again", () => {
  const given = { lists: { list: ["sig"] }, tags: { [fallback("a")]: "list" }, referrers: { a: ["sig"] } }
  expect(order({ images: ["a"], ...given })).toEqual([["referrer sig", "referrer list", "image a"]])
})

test("an index that is an image of its own beside another that lists it is deleted once", () => {
  const lists = { a: ["inner"], inner: ["amd"] }
  expect(order({ images: ["inner", "a"], lists })).toEqual([[], ["image a", "part inner", "part amd"]])
})
