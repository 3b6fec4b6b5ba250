import { groupBy } from "../config/services.ts"
import type { Digest } from "../oci/reference.ts"
import { subjectOf } from "./companion.ts"
import { type Graph, graphOf, reach } from "./graph.ts"
import type { Inventory } from "./inventory.ts"
import { type Image, judgeImages, type Verdict } from "./judge.ts"
import { removalOrder, type Step } from "./removal-order.ts"
import type { Rule } from "./rules.ts"

/** What runs, as GitOps branches name it: by digest, with how, or by a tag that stands in their files. */
export type InUse = { digests: Map<Digest, string>; tags: Set<string> }

export type Kept = { digest: Digest; tags: string[]; reason: string }
/** An image that goes, and all that goes with it, in the order in which it is deleted; each with the tags that it has. */
export type Removal = Kept & { steps: (Step & { tags: string[] })[] }
export type PrunePlan = { kept: Kept[]; removed: Removal[] }

export type PruneRules = { rules: Rule[]; inUse: InUse; now: number }

/** What stays and what goes, and why. Whatever the inventory does not hold is neither: nobody deletes what he does not know. */
export function planPrune(inventory: Inventory, { rules, inUse, now }: PruneRules): PrunePlan {
  const graph = graphOf(inventory)
  const images = imagesOf(inventory)
  const verdicts = judgeImages(images, rules, now)
  const judged = images.map((image) => ({
    ...image,
    ...(exempt(image, { inventory, graph, inUse }) ?? (verdicts.get(image.digest) as Verdict)),
  }))
  const strangers = strayCompanions(inventory, reach(images.map(digestOf), graph))
  const living = reach([...judged.filter(({ keep }) => keep), ...strangers].map(digestOf), graph)
  const [going, staying] = [
    judged.filter(({ digest }) => !living.has(digest)),
    judged.filter(({ digest }) => living.has(digest)),
  ]
  const doomed = new Set([...reach(going.map(digestOf), graph)].filter((digest) => !living.has(digest)))
  const order = removalOrder(going.map(digestOf), doomed, graph)
  const tagsOf = tagsByDigest(inventory)
  return {
    kept: [...staying.map(kept), ...strangers],
    removed: going.map(({ digest, tags, reason }) => {
      const steps = (order.get(digest) ?? []).map((step) => ({ ...step, tags: tagsOf(step.digest) }))
      return { digest, tags, reason, steps }
    }),
  }
}

function digestOf({ digest }: { digest: Digest }): Digest {
  return digest
}

function kept({ digest, tags, keep, reason }: Image & Verdict): Kept {
  return { digest, tags, reason: keep ? reason : `belongs to what is kept (itself it would go: ${reason})` }
}

/** Images under the tags that people or pipelines gave them, in the tags' order. */
function imagesOf({ tags, manifests }: Inventory): Image[] {
  const own = [...tags].filter(([tag]) => !subjectOf(tag))
  return groupBy(own, ([, digest]) => digest).map((group) => {
    const [[, digest]] = group
    const created = manifests.get(digest)?.created
    return { digest, tags: group.map(([tag]) => tag), ...(created !== undefined && { created }) }
  })
}

type Facts = { inventory: Inventory; graph: Graph; inUse: InUse }

/** What no rule can give away. A cluster may name one platform's digest, which is of no use without its index's signature. */
function exempt({ digest, tags }: Image, { inventory, graph, inUse }: Facts): Verdict | undefined {
  const kind = inventory.manifests.get(digest)?.kind ?? "unknown"
  if (kind === "unknown") return { keep: true, reason: "its manifest is of a kind that is not known here" }
  const used = [...reach([digest], graph)].find((one) => inUse.digests.has(one))
  const how = used && inUse.digests.get(used)
  if (how) return { keep: true, reason: used === digest ? how : `${how}, by its ${used}` }
  const tag = tags.find((one) => inUse.tags.has(one))
  return tag === undefined ? undefined : { keep: true, reason: `its tag ${tag} stands in the GitOps branch` }
}

/** Signatures of what has no tag: an image on its way, or one in another repository. */
function strayCompanions({ tags }: Inventory, known: Set<Digest>): Kept[] {
  return [...tags].flatMap(([tag, digest]) => {
    const subject = subjectOf(tag)
    if (!subject || known.has(subject)) return []
    return [{ digest, tags: [tag], reason: "it is about an image without a tag here, which may be on its way" }]
  })
}

function tagsByDigest({ tags }: Inventory): (digest: Digest) => string[] {
  const all = new Map(
    groupBy([...tags], ([, digest]) => digest).map((group) => [group[0][1], group.map(([tag]) => tag)]),
  )
  return (digest) => all.get(digest) ?? []
}
