import { expect, test } from "vitest"
import { parseRepository } from "../../lib/oci/reference.ts"
import { renderPruneJson, renderPrunePlan } from "../../lib/retention/prune.ts"
import { planPrune } from "../../lib/retention/prune-plan.ts"
import { parseRules } from "../../lib/retention/rules.ts"
import { id, inventoryOf, NOW } from "./sample-inventory.ts"

const repository = parseRepository("ghcr.io/acme/app")
const inventory = inventoryOf({
  tags: { "pr-1": "old", v1: "new" },
  lists: { old: ["amd", "arm"] },
  referrers: { old: ["sig"] },
  ages: { old: 30 },
})
const inUse = { digests: new Map<never, string>(), tags: new Set<string>() }
const plan = planPrune(inventory, { rules: parseRules(["v*", "* days=7"], undefined).rules, inUse, now: NOW })

test("renders a dry run with the reasons, and that nothing was deleted", () => {
  expect(renderPrunePlan(plan, { repository, asked: false, deleted: false }).split("\n")).toEqual([
    "ghcr.io/acme/app: 1 image to delete (4 manifests in all), 1 kept",
    "No GitOps branch was read, so deployed images are unknown.",
    `delete  pr-1 ${id("old")} with 2 platforms and 1 signature or attestation: pr-1, by the rule "*: 7 days": made 2026-10-27`,
    `keep    v1 ${id("new")}: v1, by the rule "v*: for ever"`,
    "Nothing was deleted: this was a dry run. Pass --confirm to delete.",
  ])
})

test("renders an executed plan", () => {
  const text = renderPrunePlan(plan, { repository, asked: true, deleted: true })
  expect(text).toMatch(/^ghcr\.io\/acme\/app: 1 image deleted /)
  expect(text).not.toMatch(/dry run|No GitOps branch/)
})

test("renders every digest as JSON", () => {
  const json = JSON.parse(renderPruneJson(plan, { repository, asked: true, deleted: true }))
  expect(json).toMatchObject({ version: 1, repository: "ghcr.io/acme/app", deleted: true, gitopsAsked: true })
  expect(json.delete[0].steps.map(({ role }: { role: string }) => role)).toEqual(["referrer", "image", "part", "part"])
  expect(json.keep.map(({ tags }: { tags: string[] }) => tags)).toEqual([["v1"]])
})
