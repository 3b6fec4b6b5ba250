import { describe, expect, test } from "vitest"
import type { Inventory } from "../../lib/retention/inventory.ts"
import { planPrune } from "../../lib/retention/prune-plan.ts"
import { parseRules } from "../../lib/retention/rules.ts"
import { fallback, id, inventoryOf, NOW } from "./sample-inventory.ts"

const NAMES = [
  "old",
  "new",
  "old-amd",
  "new-amd",
  "shared",
  "sig",
  "sig-of-amd",
  "sig-of-new",
  "list",
  "list-of-new",
  "legacy",
]
const nameOf = new Map(NAMES.map((name) => [id(name) as string, name]))

type InUse = { digests?: string[]; tags?: string[] }

function plan(inventory: Inventory, { digests = [], tags = [] }: InUse = {}) {
  const { rules } = parseRules(["v*", "* days=7"], undefined)
  const inUse = {
    digests: new Map(digests.map((name) => [id(name), "the GitOps branch names it"])),
    tags: new Set(tags),
  }
  const { kept, removed } = planPrune(inventory, { rules, inUse, now: NOW })
  return {
    kept: kept.map(({ digest }) => nameOf.get(digest)),
    deleted: removed.flatMap(({ steps }) => steps.map(({ digest }) => nameOf.get(digest))),
    reasons: [...kept, ...removed].map(({ reason }) => reason).join("\n"),
    removed,
  }
}

const ages = { old: 30, new: 1 }
const lists = { old: ["old-amd", "shared"], new: ["new-amd", "shared"] }
const tags = { "pr-1": "old", "pr-2": "new" }

describe("an image that goes", () => {
  test("takes its platforms along, but none that a living one shares", () => {
    expect(plan(inventoryOf({ tags, lists, ages }))).toMatchObject({ kept: ["new"], deleted: ["old", "old-amd"] })
  })

  test("takes what refers to it and to its platforms along, which go first", () => {
    const referrers = { old: ["sig"], "old-amd": ["sig-of-amd"], new: ["sig-of-new"] }
    expect(plan(inventoryOf({ tags, lists, ages, referrers }))).toMatchObject({
      kept: ["new"],
      deleted: ["sig", "sig-of-amd", "old", "old-amd"],
    })
  })

  test("takes along the tag that stands in for the referrers API, and all that it lists", () => {
    const companions = {
      [fallback("old")]: "list",
      [fallback("new")]: "list-of-new",
      [fallback("old", ".sig")]: "legacy",
    }
    const inventory = inventoryOf({
      tags: { ...tags, ...companions },
      lists: { ...lists, list: ["sig"], "list-of-new": ["sig-of-new"] },
      ages,
    })
    const { kept, deleted, removed } = plan(inventory)
    expect(kept).toEqual(["new"])
    expect(deleted).toEqual(["list", "sig", "legacy", "old", "old-amd"])
    const tagged = removed.flatMap(({ steps }) => steps.flatMap((step) => step.tags))
    expect(tagged).toEqual([fallback("old"), fallback("old", ".sig"), "pr-1"])
  })

  test("leaves a signature that is also about an image that lives", () => {
    const referrers = { old: ["sig"], new: ["sig"] }
    expect(plan(inventoryOf({ tags, lists, ages, referrers })).deleted).toEqual(["old", "old-amd"])
  })

  test("goes together with another, and what both share goes with the last of them", () => {
    const deleted = plan(inventoryOf({ tags, lists, ages: { old: 30, new: 20 } })).deleted
    expect(deleted).toEqual(["old", "old-amd", "new", "new-amd", "shared"])
  })

  test("that an index lists goes after it, even if it has a tag of its own", () => {
    const both = { "pr-amd": "old-amd", ...tags }
    expect(plan(inventoryOf({ tags: both, lists, ages: { ...ages, "old-amd": 30 } }))).toMatchObject({
      kept: ["new"],
      deleted: ["old", "old-amd"],
    })
  })
})

describe("what stays", () => {
  test("is what a GitOps branch names by digest", () => {
    const { kept, reasons } = plan(inventoryOf({ tags, lists, ages }), { digests: ["old"] })
    expect(kept).toEqual(["old", "new"])
    expect(reasons).toContain("the GitOps branch names it")
  })

  test("is the whole image of which a GitOps branch names one platform", () => {
    const { kept, deleted, reasons } = plan(inventoryOf({ tags, lists, ages }), { digests: ["old-amd"] })
    expect([kept, deleted]).toEqual([["old", "new"], []])
    expect(reasons).toContain(`the GitOps branch names it, by its ${id("old-amd")}`)
  })

  test("is what a GitOps branch names by tag", () => {
    expect(plan(inventoryOf({ tags, lists, ages }), { tags: ["pr-1"] }).kept).toEqual(["old", "new"])
  })

  test("is a platform of a living index with an old tag of its own", () => {
    const both = { ...tags, "pr-amd": "new-amd" }
    const { kept, reasons } = plan(inventoryOf({ tags: both, lists, ages: { ...ages, "new-amd": 30 } }))
    expect(kept).toEqual(["new", "new-amd"])
    expect(reasons).toContain("belongs to what is kept")
  })

  test("is a tagged attestation with an old tag of its own, while its image lives", () => {
    const both = { ...tags, "sbom-2": "sig-of-new" }
    const subjects = { "sig-of-new": "new" }
    const { kept } = plan(inventoryOf({ tags: both, lists, ages: { ...ages, "sig-of-new": 30 }, subjects }))
    expect(kept).toEqual(["new", "sig-of-new"])
  })

  test("is the signature of an image that has no tag, or is in another repository", () => {
    const { kept, deleted, reasons } = plan(inventoryOf({ tags: { [fallback("elsewhere", ".sig")]: "sig" } }))
    expect([kept, deleted]).toEqual([["sig"], []])
    expect(reasons).toContain("which may be on its way")
  })

  test("is what is not understood", () => {
    expect(plan(inventoryOf({ tags, lists, ages, unknown: ["old"] })).kept).toEqual(["old", "new"])
  })

  test("is an image with one tag that goes and one that stays", () => {
    expect(plan(inventoryOf({ tags: { ...tags, v1: "old" }, lists, ages })).deleted).toEqual([])
  })
})

test("a tag that is made to point at what it is about does not keep the plan from ending", () => {
  const self = { ...tags, [fallback("old")]: "old" }
  expect(plan(inventoryOf({ tags: self, lists, ages })).deleted).toEqual(["old", "old-amd"])
})
