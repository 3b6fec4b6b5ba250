import { SlipwayError } from "../error.ts"
import type { Digest, Repository } from "../oci/reference.ts"
import type { Inventory } from "./inventory.ts"
import { type InUse, type PrunePlan, planPrune, type Removal } from "./prune-plan.ts"
import { deleteRef, type ReferrerOptions, readInventory, readReferrers, readTag, readTags } from "./registry.ts"
import type { Rule } from "./rules.ts"

/** `readInUse` looks for what is deployed, given the tags that may stand there. */
type PruneOptions = ReferrerOptions & {
  rules: Rule[]
  readInUse: (tags: string[]) => Promise<InUse>
}

/** What would go and what would stay; nothing is changed. */
export async function planPruning(options: PruneOptions): Promise<PrunePlan> {
  return (await look(options, "plan")).plan
}

const ROUNDS = 3

/**
 * Deletes what the rules give away. Tags and GitOps branches are read again right before: if anything moved since the plan
 * was made, it is made anew.
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
  throw moved(`${options.repository.name} to stand still between plan and deletion`, "changes each time")
}

async function look(options: PruneOptions, moment: string) {
  let inventory = await readInventory(options, moment)
  const inUse = await options.readInUse([...inventory.tags.keys()])
  const [rules, now] = [options.rules, Math.floor(Date.now() / 1000)]
  for (;;) {
    const plan = planPrune(inventory, { rules, inUse, now })
    const unasked = plan.removed.flatMap(({ steps }) => steps).filter(({ digest }) => !inventory.referrers.has(digest))
    if (unasked.length === 0) return { inventory, inUse, plan }
    const found = await readReferrers(
      unasked.map(({ digest }) => digest),
      options,
    )
    inventory = { ...inventory, referrers: new Map([...inventory.referrers, ...found]) }
  }
}

/** One image with all that goes with it. A tag that moved by now is somebody's who knows nothing of the plan. */
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

/** Most registries take the tags along with the manifest; some keep them, pointing to what is gone or even serving it. */
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
    fix: "Somebody else writes there. Nothing that is kept was touched; run it again.",
  })
}

/** `asked` says whether any GitOps branch was looked at; `deleted` that the plan was carried out. */
type PlanNotes = { repository: Repository; asked: boolean; deleted: boolean }

/** A plan as a person reads it: what goes first, since that is what to look at. */
export function renderPrunePlan({ kept, removed }: PrunePlan, { repository, asked, deleted }: PlanNotes): string {
  const manifests = removed.reduce((sum, { steps }) => sum + steps.length, 0)
  const did = deleted ? "deleted" : "to delete"
  return [
    `${repository.name}: ${count(removed.length, "image")} ${did} (${count(manifests, "manifest")} in all), ${kept.length} kept`,
    ...(asked ? [] : ["No GitOps branch was asked, so nothing is known of what is deployed."]),
    ...removed.flatMap((removal) => renderRemoval(removal)),
    ...kept.map(({ digest, tags, reason }) => `keep    ${tags.join(", ")} ${digest}: ${reason}`),
    ...(deleted || removed.length === 0 ? [] : ["Nothing was deleted: this was a dry run. --confirm does it."]),
  ].join("\n")
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
export function renderPruneJson({ kept, removed }: PrunePlan, { repository, asked, deleted }: PlanNotes): string {
  return JSON.stringify(
    { version: 1, repository: repository.name, deleted, gitopsAsked: asked, keep: kept, delete: removed },
    undefined,
    2,
  )
}

function count(number: number, name: string): string {
  const plural = name.replace("signature or attestation", "signatures or attestations")
  return `${number} ${number === 1 ? name : plural === name ? `${name}s` : plural}`
}
