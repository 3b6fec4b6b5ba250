import { describe, expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { graphOf, type Inventory, reach } from "../../lib/retention/inventory.ts"
import { judgeImages, planPrune, removalOrder } from "../../lib/retention/prune-plan.ts"
import { parseRules } from "../../lib/retention/rules.ts"
import { fallback, id, inventoryOf, NOW } from "./sample-inventory.ts"

describe("judge", () => {
  const DAY = 86_400
  const NOW = Date.UTC(2026, 10, 26) / 1000
  type Given = { tags: string[]; age?: number }

  /** The images to keep, by their first tag. `age` is in days. */
  function stay(keep: string[], given: Given[]): string[] {
    const images = given.map(({ tags, age }) => ({
      digest: digestOf(tags.join()),
      tags,
      ...(age !== undefined && { created: NOW - age * DAY }),
    }))
    const verdicts = judgeImages(images, parseRules(keep, undefined).rules, NOW)
    return images.filter(({ digest }) => verdicts.get(digest)?.keep).map(({ tags }) => tags[0] ?? "")
  }
  const aged = (...tags: string[]) => tags.map((tag, age) => ({ tags: [tag], age }))

  test.each<{ name: string; keep: string[]; given: Given[]; stays: string[] }>([
    { name: "the last two", keep: ["* last=2"], given: aged("a", "b", "c"), stays: ["a", "b"] },
    {
      name: "the last two of many in any order",
      keep: ["* last=2"],
      given: aged("a", "b", "c").reverse(),
      stays: ["b", "a"],
    },
    {
      name: "images of the same time as the last",
      keep: ["* last=1"],
      given: [
        { tags: ["a"], age: 1 },
        { tags: ["b"], age: 1 },
        { tags: ["c"], age: 2 },
      ],
      stays: ["a", "b"],
    },
    {
      name: "images that are not older than the days",
      keep: ["* days=1"],
      given: aged("a", "b", "c"),
      stays: ["a", "b"],
    },
    {
      name: "a tag that its registry has in lower case, by the rule for what the caller wrote",
      keep: ["RELEASE-*", "* days=1"],
      given: [
        { tags: ["release-1"], age: 9 },
        { tags: ["other"], age: 9 },
      ],
      stays: ["release-1"],
    },
    {
      name: "images within one of two limits",
      keep: ["* last=1 days=1"],
      given: aged("a", "b", "c"),
      stays: ["a", "b"],
    },
    {
      name: "more images by the count than by the days",
      keep: ["* last=2 days=1"],
      given: [
        { tags: ["a"], age: 8 },
        { tags: ["b"], age: 9 },
        { tags: ["c"], age: 10 },
      ],
      stays: ["a", "b"],
    },
    {
      name: "images of a rule without limits",
      keep: ["v*", "* days=1"],
      given: [
        { tags: ["v1"], age: 900 },
        { tags: ["x"], age: 900 },
      ],
      stays: ["v1"],
    },
    {
      name: "images without a rule",
      keep: ["pr-* days=1"],
      given: [
        { tags: ["pr-1"], age: 9 },
        { tags: ["x"], age: 9 },
      ],
      stays: ["x"],
    },
    {
      name: "an image by any of its tags",
      keep: ["v*", "* days=1"],
      given: [{ tags: ["x", "v1"], age: 9 }],
      stays: ["x"],
    },
    { name: "by the first rule alone", keep: ["v0* days=1", "v*"], given: [{ tags: ["v0.1"], age: 9 }], stays: [] },
    {
      name: "a count without the images of an earlier rule",
      keep: ["v*", "* last=1"],
      given: aged("v2", "v1", "a", "b"),
      stays: ["v2", "v1", "a"],
    },
    {
      name: "images of unknown age, without counting them",
      keep: ["* last=1 days=1"],
      given: [{ tags: ["a"] }, ...aged("b", "c", "d")],
      stays: ["a", "b", "c"],
    },
  ])("keeps $name", ({ keep, given, stays }) => expect(stay(keep, given)).toEqual(stays))

  test("gives the rule and the creation date as the reason", () => {
    const image = { digest: digestOf("x"), tags: ["pr-1"], created: NOW - 9 * DAY }
    const { rules } = parseRules(["pr-* days=7"], undefined)
    expect(judgeImages([image], rules, NOW).get(image.digest)).toEqual({
      keep: false,
      reason: 'pr-1, by the rule "pr-*: 7 days": made 2026-11-17',
    })
  })
})

describe("removal order", () => {
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

  test("deletes referrers first and platforms last", () => {
    const referrers = { a: ["sig"], amd: ["att"] }
    expect(order({ images: ["a"], lists: { a: ["amd", "arm"] }, referrers })).toEqual([
      ["referrer sig", "referrer att", "image a", "part amd", "part arm"],
    ])
  })

  test("deletes a nested index after its parent and before its children", () => {
    const lists = { a: ["inner"], inner: ["amd"] }
    expect(order({ images: ["a"], lists, referrers: { amd: ["att"] } })).toEqual([
      ["referrer att", "image a", "part inner", "part amd"],
    ])
  })

  test("deletes what two images share with the last of them", () => {
    const lists = { a: ["amd"], b: ["amd", "arm"] }
    expect(order({ images: ["a", "b"], lists })).toEqual([["image a"], ["image b", "part amd", "part arm"]])
  })

  test("deletes a fallback tag after the referrers that it lists, so that a run after a failure finds them", () => {
    const given = { lists: { list: ["sig"] }, tags: { [fallback("a")]: "list" }, referrers: { a: ["sig"] } }
    expect(order({ images: ["a"], ...given })).toEqual([["referrer sig", "referrer list", "image a"]])
  })

  test("deletes an index that is also a child of another index once", () => {
    const lists = { a: ["inner"], inner: ["amd"] }
    expect(order({ images: ["inner", "a"], lists })).toEqual([[], ["image a", "part inner", "part amd"]])
  })
})

describe("prune plan", () => {
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

  describe("a deleted image", () => {
    test("is deleted with its platforms, except those of kept images", () => {
      expect(plan(inventoryOf({ tags, lists, ages }))).toMatchObject({ kept: ["new"], deleted: ["old", "old-amd"] })
    })

    test("is deleted after its referrers and those of its platforms", () => {
      const referrers = { old: ["sig"], "old-amd": ["sig-of-amd"], new: ["sig-of-new"] }
      expect(plan(inventoryOf({ tags, lists, ages, referrers }))).toMatchObject({
        kept: ["new"],
        deleted: ["sig", "sig-of-amd", "old", "old-amd"],
      })
    })

    test("is deleted with its fallback tag and the referrers in it", () => {
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

    test("is deleted without a signature that also covers a kept image", () => {
      const referrers = { old: ["sig"], new: ["sig"] }
      expect(plan(inventoryOf({ tags, lists, ages, referrers })).deleted).toEqual(["old", "old-amd"])
    })

    test("is deleted with another, and their shared parts with the last of them", () => {
      const deleted = plan(inventoryOf({ tags, lists, ages: { old: 30, new: 20 } })).deleted
      expect(deleted).toEqual(["old", "old-amd", "new", "new-amd", "shared"])
    })

    test("is deleted after an index that lists it, even if it has a tag", () => {
      const both = { "pr-amd": "old-amd", ...tags }
      expect(plan(inventoryOf({ tags: both, lists, ages: { ...ages, "old-amd": 30 } }))).toMatchObject({
        kept: ["new"],
        deleted: ["old", "old-amd"],
      })
    })
  })

  describe("a kept image", () => {
    test("is named by digest in a GitOps branch", () => {
      const { kept, reasons } = plan(inventoryOf({ tags, lists, ages }), { digests: ["old"] })
      expect(kept).toEqual(["old", "new"])
      expect(reasons).toContain("the GitOps branch names it")
    })

    test("is kept completely if a GitOps branch names one of its platforms", () => {
      const { kept, deleted, reasons } = plan(inventoryOf({ tags, lists, ages }), { digests: ["old-amd"] })
      expect([kept, deleted]).toEqual([["old", "new"], []])
      expect(reasons).toContain(`the GitOps branch names it, by its ${id("old-amd")}`)
    })

    test("is named by tag in a GitOps branch", () => {
      expect(plan(inventoryOf({ tags, lists, ages }), { tags: ["pr-1"] }).kept).toEqual(["old", "new"])
    })

    test("may be a platform of a kept index with an old tag", () => {
      const both = { ...tags, "pr-amd": "new-amd" }
      const { kept, reasons } = plan(inventoryOf({ tags: both, lists, ages: { ...ages, "new-amd": 30 } }))
      expect(kept).toEqual(["new", "new-amd"])
      expect(reasons).toContain("belongs to a kept image")
    })

    test("may be an attestation with an old tag if its image is kept", () => {
      const both = { ...tags, "sbom-2": "sig-of-new" }
      const subjects = { "sig-of-new": "new" }
      const { kept } = plan(inventoryOf({ tags: both, lists, ages: { ...ages, "sig-of-new": 30 }, subjects }))
      expect(kept).toEqual(["new", "sig-of-new"])
    })

    test("may be the signature of an image without a tag or of another repository", () => {
      const { kept, deleted, reasons } = plan(inventoryOf({ tags: { [fallback("elsewhere", ".sig")]: "sig" } }))
      expect([kept, deleted]).toEqual([["sig"], []])
      expect(reasons).toContain("which may be published later")
    })

    test("may be an unknown manifest", () => {
      expect(plan(inventoryOf({ tags, lists, ages, unknown: ["old"] })).kept).toEqual(["old", "new"])
    })

    test("has one tag to keep and one to delete", () => {
      expect(plan(inventoryOf({ tags: { ...tags, v1: "old" }, lists, ages })).deleted).toEqual([])
    })
  })

  test("ends with a fallback tag that points to its subject", () => {
    const self = { ...tags, [fallback("old")]: "old" }
    expect(plan(inventoryOf({ tags: self, lists, ages })).deleted).toEqual(["old", "old-amd"])
  })
})
