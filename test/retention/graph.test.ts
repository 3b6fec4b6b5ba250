import { expect, test } from "vitest"
import { graphOf, reach } from "../../lib/retention/graph.ts"
import { fallback, id, inventoryOf } from "./sample-inventory.ts"

const inventory = inventoryOf({
  tags: { v1: "image", sbom: "attestation", [fallback("image")]: "list", [fallback("amd", ".sig")]: "legacy" },
  lists: { image: ["amd", "arm"], list: ["signature"] },
  subjects: { attestation: "image" },
  referrers: { image: ["signature"], signature: ["countersignature"] },
})
const graph = graphOf(inventory)

test("what refers to an image is known from the API, a tag's name, and a manifest's own word", () => {
  expect(graph.attached(id("image"))).toEqual(["signature", "attestation", "list"].map(id))
  expect(graph.attached(id("amd"))).toEqual([id("legacy")])
  expect(graph.attached(id("arm"))).toEqual([])
})

test("what stands in for the API is known by its tag", () => {
  expect([...graph.companions]).toEqual([
    [id("list"), id("image")],
    [id("legacy"), id("amd")],
  ])
})

test("with an image lives all that it lists and all that refers to any of it", () => {
  const all = ["image", "amd", "arm", "signature", "countersignature", "attestation", "list", "legacy"]
  expect([...reach([id("image")], graph)].sort()).toEqual(all.map(id).sort())
  expect([...reach([id("amd")], graph)].sort()).toEqual(["amd", "legacy"].map(id).sort())
})
