import type { Digest } from "../oci/reference.ts"
import { isForEver, type Rule, renderRule, ruleOf } from "./rules.ts"

/** An image with the tags that people or pipelines gave it. `created` is in seconds since 1970. */
export type Image = { digest: Digest; tags: string[]; created?: number }
export type Verdict = { keep: boolean; reason: string }

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
