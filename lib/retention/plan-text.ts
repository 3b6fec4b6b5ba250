import type { Repository } from "../oci/reference.ts"
import type { PrunePlan, Removal } from "./prune-plan.ts"

/** `asked` says whether any GitOps branch was looked at; `deleted` that the plan was carried out. */
export type PlanNotes = { repository: Repository; asked: boolean; deleted: boolean }

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
