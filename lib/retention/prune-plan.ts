import { groupBy } from "../config/group.ts"
import type { Digest } from "../oci/reference.ts"
import { type Graph, graphOf, type Inventory, reach, subjectOf } from "./inventory.ts"
import { isForEver, type Rule, renderRule, ruleOf } from "./rules.ts"

/** An image with the tags that people or pipelines gave it. `created` is in seconds since 1970. */
type Image = { digest: Digest; tags: string[]; created?: number }
type Verdict = { keep: boolean; reason: string }

const DAY = 86_400

/** What the rules say of each image: it is kept if they keep any of its tags. `now` is in seconds since 1970. */
export function judgeImages(images: Image[], rules: Rule[], now: number): Map<Digest, Verdict> {
  const oldest = new Map(rules.map((rule) => [rule, oldestOfLast(rule, images, rules)]))
  return new Map(
    images.map((image) => {
      const verdicts = image.tags.map((tag) => judgeTag(tag, image, { rules, oldest, now }))
      const kept = verdicts.find(({ keep }) => keep)
      return [
        image.digest,
        kept ?? { keep: false, reason: [...new Set(verdicts.map(({ reason }) => reason))].join("; ") },
      ]
    }),
  )
}

type Bench = { rules: Rule[]; oldest: Map<Rule, number>; now: number }

function judgeTag(tag: string, { created }: Image, { rules, oldest, now }: Bench): Verdict {
  const rule = ruleOf(tag, rules)
  if (!rule) return { keep: true, reason: `no rule is about the tag ${tag}` }
  const said = `${tag}, by the rule "${renderRule(rule)}"`
  if (isForEver(rule)) return { keep: true, reason: said }
  if (created === undefined) return { keep: true, reason: `${said}: nothing says when it was made` }
  const among = rule.last !== undefined && created >= (oldest.get(rule) ?? 0)
  const young = rule.days !== undefined && created >= now - rule.days * DAY
  return { keep: among || young, reason: `${said}: made ${new Date(created * 1000).toISOString().slice(0, 10)}` }
}

/** When the last one was made that still counts; others of the very same time count too. */
function oldestOfLast(rule: Rule, images: Image[], rules: Rule[]): number {
  const times = images
    .filter(({ tags }) => tags.some((tag) => ruleOf(tag, rules) === rule))
    .flatMap(({ created }) => (created === undefined ? [] : [created]))
    .sort((a, b) => b - a)
  return times[(rule.last ?? 0) - 1] ?? 0
}

/** What goes with an image, one after the other; `part` is of the image itself, not what refers to it. */
type Step = { digest: Digest; role: "image" | "part" | "referrer" }

/**
 * In which order to delete what is doomed, image by image: first what refers to it, so that a run that breaks finds the rest
 * again; then an index before what it lists, since registries refuse the other way round. What several images share goes
 * with the last of them.
 */
export function removalOrder(images: Digest[], doomed: Set<Digest>, graph: Graph): Map<Digest, Step[]> {
  const parents = parentsOf(doomed, graph)
  const [done, begun] = [new Set<Digest>(), new Set<Digest>()]
  function walk(digest: Digest, role: Step["role"]): Step[] {
    if (!doomed.has(digest) || begun.has(digest) || parents(digest).some((parent) => !done.has(parent))) return []
    begun.add(digest)
    const before = [digest, ...below(digest, graph)].flatMap(graph.attached).flatMap((one) => walk(one, "referrer"))
    done.add(digest)
    const part = role === "referrer" ? role : "part"
    return [...before, { digest, role }, ...graph.children(digest).flatMap((child) => walk(child, part))]
  }
  return new Map(images.map((image) => [image, walk(image, "image")]))
}

/** A tag that stands in for the referrers API lists what it does not own: they go before it. */
function parentsOf(doomed: Set<Digest>, { children, companions }: Graph): (digest: Digest) => Digest[] {
  const parents = new Map<Digest, Digest[]>()
  for (const parent of doomed) {
    if (companions.has(parent)) continue
    for (const child of children(parent)) parents.set(child, [...(parents.get(child) ?? []), parent])
  }
  return (digest) => parents.get(digest) ?? []
}

/** All that an index lists, and the indexes in it. */
function below(digest: Digest, graph: Graph): Digest[] {
  return graph.children(digest).flatMap((child) => [child, ...below(child, graph)])
}

/** What runs, as GitOps branches name it: by digest, with how, or by a tag that stands in their files. */
export type InUse = { digests: Map<Digest, string>; tags: Set<string> }

type KeptImage = { digest: Digest; tags: string[]; reason: string }
/** An image that goes, and all that goes with it, in the order in which it is deleted; each with the tags that it has. */
export type Removal = KeptImage & { steps: (Step & { tags: string[] })[] }
export type PrunePlan = { kept: KeptImage[]; removed: Removal[] }

type PruneRules = { rules: Rule[]; inUse: InUse; now: number }

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

function kept({ digest, tags, keep, reason }: Image & Verdict): KeptImage {
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
function strayCompanions({ tags }: Inventory, known: Set<Digest>): KeptImage[] {
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
