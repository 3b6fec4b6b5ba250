import { groupBy } from "../config/group.ts"
import type { Digest } from "../oci/reference.ts"
import { type Graph, graphOf, type Inventory, reach, subjectOf } from "./inventory.ts"
import { judgePreview, type Requests } from "./previews.ts"
import { isForEver, type Rule, renderRule, ruleOf } from "./rules.ts"

/** An image with its tags of people and pipelines. `created` is in seconds since 1970. */
type Image = { digest: Digest; tags: string[]; created?: number }
type Verdict = { keep: boolean; reason: string }

const DAY = 86_400

/**
 * Judges each image by the rules: it is kept if they keep any of its tags. `now` is in seconds since 1970. About the tags of
 * previews, their requests decide.
 */
export function judgeImages(
  images: Image[],
  rules: Rule[],
  now: number,
  requests: Requests = new Map(),
): Map<Digest, Verdict> {
  const oldest = new Map(rules.map((rule) => [rule, oldestOfLast(rule, images, rules)]))
  return new Map(
    images.map((image) => {
      const verdicts = image.tags.map((tag) => judgeTag(tag, image, { rules, oldest, now, requests }))
      const kept = verdicts.find(({ keep }) => keep)
      return [
        image.digest,
        kept ?? { keep: false, reason: [...new Set(verdicts.map(({ reason }) => reason))].join("; ") },
      ]
    }),
  )
}

type Bench = { rules: Rule[]; oldest: Map<Rule, number>; now: number; requests: Requests }

/** Gitea's registry has every tag in lower case: a rule for v1-RC1 keeps v1-rc1 too. */
function judgeTag(tag: string, image: Image, bench: Bench): Verdict {
  const preview = judgePreview(tag, bench.requests)
  if (preview) return preview
  const exact = judgeByRule(tag, image, { ...bench, rule: ruleOf(tag, bench.rules) })
  if (exact.keep) return exact
  const inAnyCase = judgeByRule(tag, image, { ...bench, rule: ruleOf(tag, bench.rules, "i") })
  return inAnyCase.keep ? inAnyCase : exact
}

type RuleBench = Pick<Bench, "oldest" | "now"> & { rule: Rule | undefined }

function judgeByRule(tag: string, { created }: Image, { rule, oldest, now }: RuleBench): Verdict {
  if (!rule) return { keep: true, reason: `no rule matches the tag ${tag}` }
  const decision = `${tag}, by the rule "${renderRule(rule)}"`
  if (isForEver(rule)) return { keep: true, reason: decision }
  if (created === undefined) return { keep: true, reason: `${decision}: its creation time is unknown` }
  const among = rule.last !== undefined && created >= (oldest.get(rule) ?? 0)
  const young = rule.days !== undefined && created >= now - rule.days * DAY
  return { keep: among || young, reason: `${decision}: made ${new Date(created * 1000).toISOString().slice(0, 10)}` }
}

/** The creation time of the oldest image within `last`; others of the same time count too. */
function oldestOfLast(rule: Rule, images: Image[], rules: Rule[]): number {
  const times = images
    .filter(({ tags }) => tags.some((tag) => ruleOf(tag, rules) === rule))
    .flatMap(({ created }) => (created === undefined ? [] : [created]))
    .sort((a, b) => b - a)
  return times[(rule.last ?? 0) - 1] ?? 0
}

/** A manifest to delete with an image: the image, a part of it, or a referrer. */
type Step = { digest: Digest; role: "image" | "part" | "referrer" }

/**
 * The order of deletion, image by image: first the referrers, so that a run after a failure finds the rest; then an index
 * before its children, because registries refuse the reverse. What several images share is deleted with the last of them.
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

/** The indexes that list a digest, without fallback tags, which are deleted after the referrers that they list. */
function parentsOf(doomed: Set<Digest>, { children, companions }: Graph): (digest: Digest) => Digest[] {
  const parents = new Map<Digest, Digest[]>()
  for (const parent of doomed) {
    if (companions.has(parent)) continue
    for (const child of children(parent)) parents.set(child, [...(parents.get(child) ?? []), parent])
  }
  return (digest) => parents.get(digest) ?? []
}

/** All children of an index, and their children. */
function below(digest: Digest, graph: Graph): Digest[] {
  return graph.children(digest).flatMap((child) => [child, ...below(child, graph)])
}

/** The deployed images in GitOps branches: digests with a reason, and tags. */
export type InUse = { digests: Map<Digest, string>; tags: Set<string> }

type KeptImage = { digest: Digest; tags: string[]; reason: string }
/** An image to delete, and the manifests to delete with it, in order, each with its tags. */
export type Removal = KeptImage & { steps: (Step & { tags: string[] })[] }
export type PrunePlan = { kept: KeptImage[]; removed: Removal[] }

type PruneRules = { rules: Rule[]; inUse: InUse; now: number; requests?: Requests }

/** Plans what to keep and delete, with reasons. Manifests outside of the inventory are never deleted. */
export function planPrune(inventory: Inventory, { rules, inUse, now, requests }: PruneRules): PrunePlan {
  const graph = graphOf(inventory)
  const images = imagesOf(inventory)
  const verdicts = judgeImages(images, rules, now, requests)
  const judged = images.map((image) => ({
    ...image,
    ...(exempt(image, { inventory, graph, inUse }) ?? (verdicts.get(image.digest) as Verdict)),
  }))
  const stray = strayCompanions(inventory, reach(images.map(digestOf), graph))
  const living = reach([...judged.filter(({ keep }) => keep), ...stray].map(digestOf), graph)
  const [going, staying] = [
    judged.filter(({ digest }) => !living.has(digest)),
    judged.filter(({ digest }) => living.has(digest)),
  ]
  const doomed = new Set([...reach(going.map(digestOf), graph)].filter((digest) => !living.has(digest)))
  const order = removalOrder(going.map(digestOf), doomed, graph)
  const tagsOf = tagsByDigest(inventory)
  return {
    kept: [...staying.map(kept), ...stray],
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
  return { digest, tags, reason: keep ? reason : `belongs to a kept image (by itself it would be deleted: ${reason})` }
}

/** Images with their tags of people and pipelines, in the order of the tags. */
function imagesOf({ tags, manifests }: Inventory): Image[] {
  const own = [...tags].filter(([tag]) => !subjectOf(tag))
  return groupBy(own, ([, digest]) => digest).map((group) => {
    const [[, digest]] = group
    const created = manifests.get(digest)?.created
    return { digest, tags: group.map(([tag]) => tag), ...(created !== undefined && { created }) }
  })
}

type Facts = { inventory: Inventory; graph: Graph; inUse: InUse }

/** Images that no rule can delete. If a cluster uses one platform's digest, its index with the signature is kept too. */
function exempt({ digest, tags }: Image, { inventory, graph, inUse }: Facts): Verdict | undefined {
  const kind = inventory.manifests.get(digest)?.kind ?? "unknown"
  if (kind === "unknown") return { keep: true, reason: "its manifest is of an unknown kind" }
  const used = [...reach([digest], graph)].find((one) => inUse.digests.has(one))
  const how = used && inUse.digests.get(used)
  if (how) return { keep: true, reason: used === digest ? how : `${how}, by its ${used}` }
  const tag = tags.find((one) => inUse.tags.has(one))
  return tag === undefined ? undefined : { keep: true, reason: `the GitOps branch names its tag ${tag}` }
}

/** Signatures of images without a tag here, which may be published later or be in another repository. */
function strayCompanions({ tags }: Inventory, known: Set<Digest>): KeptImage[] {
  return [...tags].flatMap(([tag, digest]) => {
    const subject = subjectOf(tag)
    if (!subject || known.has(subject)) return []
    return [
      {
        digest,
        tags: [tag],
        reason: "it refers to an image without a tag in this repository, which may be published later",
      },
    ]
  })
}

function tagsByDigest({ tags }: Inventory): (digest: Digest) => string[] {
  const all = new Map(
    groupBy([...tags], ([, digest]) => digest).map((group) => [group[0][1], group.map(([tag]) => tag)]),
  )
  return (digest) => all.get(digest) ?? []
}
