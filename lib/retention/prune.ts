import { SlipwayError } from "../error.ts"
import type { Digest, Repository } from "../oci/reference.ts"
import type { Inventory } from "./inventory.ts"
import type { RequestOverlay, Requests } from "./previews.ts"
import { type InUse, type PrunePlan, planPrune, type Removal } from "./prune-plan.ts"
import { deleteRef, type ReferrerOptions, readInventory, readReferrers, readTag, readTags } from "./registry.ts"
import type { Rule } from "./rules.ts"

/** `readInUse` reads the deployed images; it gets the repository's tags. */
type PruneOptions = ReferrerOptions & {
  rules: Rule[]
  readInUse: (tags: string[]) => Promise<InUse>
  /** Asks about the requests of previews; default none, so that the rules decide. */
  readRequests?: (tags: string[]) => Promise<Requests>
}

/** Plans the deletion without any change. */
export async function planPruning(options: PruneOptions): Promise<PrunePlan> {
  return (await look(options, "plan")).plan
}

const ROUNDS = 3

/**
 * Deletes the images that no rule keeps. It reads tags and GitOps branches again right before, and plans again if anything
 * has changed since the plan.
 */
export async function prune(options: PruneOptions): Promise<PrunePlan> {
  for (let round = 1; round <= ROUNDS; round++) {
    const { inventory, inUse, plan } = await look(options, `plan ${round}`)
    const again = await readTags(options, `again ${round}`)
    const sameUse = sameMembers(inUse, await options.readInUse([...again.keys()]))
    if (!sameUse || !sameTags(inventory.tags, again)) continue
    for (const removal of plan.removed) await remove(removal, options)
    return plan
  }
  throw moved(`${options.repository.name} to stay unchanged between plan and deletion`, "changes in each round")
}

async function look(options: PruneOptions, moment: string) {
  let inventory = await readInventory(options, moment)
  const tags = [...inventory.tags.keys()]
  const [inUse, requests] = await Promise.all([options.readInUse(tags), options.readRequests?.(tags)])
  const [rules, now] = [options.rules, Math.floor(Date.now() / 1000)]
  for (;;) {
    const plan = planPrune(inventory, { rules, inUse, now, requests })
    const unqueried = plan.removed
      .flatMap(({ steps }) => steps)
      .filter(({ digest }) => !inventory.referrers.has(digest))
    if (unqueried.length === 0) return { inventory, inUse, plan }
    const found = await readReferrers(
      unqueried.map(({ digest }) => digest),
      options,
    )
    inventory = { ...inventory, referrers: new Map([...inventory.referrers, ...found]) }
  }
}

/** Deletes an image with its parts and referrers; fails if one of its tags has moved since the plan. */
async function remove({ digest, tags, steps }: Removal, options: PruneOptions): Promise<void> {
  for (const tag of tags) {
    const found = await readTag(tag, options, `before ${digest}`)
    if (found !== undefined && found !== digest) throw moved(`the tag ${tag} at ${digest}`, found)
  }
  for (const step of steps) {
    await deleteRef(`${options.repository.name}@${step.digest}`, options)
    for (const tag of step.tags) await untag(tag, step.digest, options)
  }
}

/** Deletes a tag that still exists: some registries keep the tags of a deleted manifest. */
async function untag(tag: string, digest: Digest, options: PruneOptions): Promise<void> {
  if ((await readTag(tag, options, `after ${digest}`)) === digest)
    await deleteRef(`${options.repository.name}:${tag}`, options)
}

function sameTags(left: Inventory["tags"], right: Inventory["tags"]): boolean {
  return left.size === right.size && [...left].every(([tag, digest]) => right.get(tag) === digest)
}

function sameMembers(left: InUse, right: InUse): boolean {
  const flat = ({ digests, tags }: InUse) => [...digests.keys(), ...tags].sort().join()
  return flat(left) === flat(right)
}

function moved(expected: string, got: string): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected,
    got,
    fix: "Run it again when no other client writes to the repository; no image to keep was deleted.",
  })
}

/**
 * `asked` is whether a GitOps branch was read, `deleted` whether the plan was executed. `overlays` are those of closed
 * requests, and `commit` the one that removed them.
 */
type PlanNotes = {
  repository: Repository
  asked: boolean
  deleted: boolean
  overlays?: RequestOverlay[]
  commit?: string
}

/** A plan for people, with deletions first. */
export function renderPrunePlan({ kept, removed }: PrunePlan, notes: PlanNotes): string {
  const { repository, asked, deleted, overlays = [] } = notes
  const manifests = removed.reduce((sum, { steps }) => sum + steps.length, 0)
  const did = deleted ? "deleted" : "to delete"
  return [
    `${repository.name}: ${count(removed.length, "image")} ${did} (${count(manifests, "manifest")} in all), ${kept.length} kept`,
    ...overlays.map((overlay) => overlayLine(overlay, notes)),
    ...(asked ? [] : ["No GitOps branch was read, so deployed images are unknown."]),
    ...removed.flatMap((removal) => renderRemoval(removal)),
    ...kept.map(({ digest, tags, reason }) => `keep    ${tags.join(", ")} ${digest}: ${reason}`),
    ...(deleted || removed.length + overlays.length === 0
      ? []
      : ["Nothing was deleted: this was a dry run. Pass --confirm to delete."]),
  ].join("\n")
}

function overlayLine({ number, path }: RequestOverlay, { commit }: PlanNotes): string {
  return `remove  ${path}: the request ${number} is closed${commit ? `; commit ${commit}` : ""}`
}

function renderRemoval({ digest, tags, reason, steps }: Removal): string[] {
  const roles = [
    { role: "part", name: "platform" },
    { role: "referrer", name: "signature or attestation" },
  ] as const
  const others = roles.flatMap(({ role, name }) => {
    const number = steps.filter((step) => step.role === role).length
    return number ? [count(number, name)] : []
  })
  return [`delete  ${tags.join(", ")} ${digest}${others.length ? ` with ${others.join(" and ")}` : ""}: ${reason}`]
}

/** The same for a program. */
export function renderPruneJson(
  { kept, removed }: PrunePlan,
  { repository, asked, deleted, overlays = [], commit }: PlanNotes,
): string {
  return JSON.stringify(
    {
      ...{ version: 1, repository: repository.name, deleted, gitopsAsked: asked },
      ...{ overlays, ...(commit && { commit }), keep: kept, delete: removed },
    },
    undefined,
    2,
  )
}

function count(number: number, name: string): string {
  const plural = name.replace("signature or attestation", "signatures or attestations")
  return `${number} ${number === 1 ? name : plural === name ? `${name}s` : plural}`
}
