import { SlipwayError } from "../error.ts"
import {
  COMPANIONS,
  IN_USE,
  isForEver,
  overlap,
  type Policy,
  type PolicyTarget,
  type Rule,
  type RuleSet,
  renderRule,
  type TagPattern,
} from "./rules.ts"

/** ECR can only expire, so an early rule with a count that is never reached protects images to keep. */
const NEVER = 999_999
const WILDCARDS = 4

/** https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html */
type Selection = {
  tagStatus: string
  tagPatternList?: string[]
  countType: string
  countUnit?: "days"
  countNumber: number
}

/**
 * An ECR lifecycle policy. The rule with the lowest number that an image's tags match is the only one that may expire it:
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html#lp_evaluation_rules
 */
export function ecrPolicy({ rules, untagged }: RuleSet, { repository }: PolicyTarget): Policy {
  for (const [at, rule] of rules.entries()) requireExpressible(rule, rules.slice(0, at))
  const kept = [IN_USE, COMPANIONS].map((pattern) => select(pattern, { tags: [pattern] }))
  const own = foreverFirst(rules).flatMap((rule) => rule.tags.map((pattern) => select(pattern, rule)))
  const last = untagged ? [{ about: `untagged: ${untagged} days`, selection: days("untagged", untagged) }] : []
  const policy = [...kept, ...own, ...last].map(({ about, selection }, at) => {
    return { rulePriority: at + 1, description: about, selection, action: { type: "expire" } }
  })
  return {
    document: { rules: policy },
    apply: `aws ecr put-lifecycle-policy --repository-name ${repository.path} --lifecycle-policy-text file://policy.json`,
    notes: [
      "`aws ecr start-lifecycle-policy-preview` with the same arguments shows what the policy would expire.",
      "ECR uses the time of the push. It expires the platforms, signatures and attestations of an image together with the image, never before it.",
      "For an image with tags of several rules, only the first rule counts, even if a later one would keep the image.",
      "A rule with several patterns and `last` keeps that many images for each pattern.",
      "Signatures in cosign's older format have separate tags, sha256-…, and stay.",
      ...(untagged ? [] : ["Without `untagged`, the platforms of an expired image stay, because they have no tag."]),
    ],
  }
}

function select(pattern: TagPattern, rule: Rule): { about: string; selection: Selection } {
  const about = renderRule({ ...rule, tags: [pattern] })
  if (rule.days) return { about, selection: { ...days("tagged", rule.days), tagPatternList: [pattern] } }
  const countNumber = rule.last ?? NEVER
  return {
    about,
    selection: { tagStatus: "tagged", tagPatternList: [pattern], countType: "imageCountMoreThan", countNumber },
  }
}

function days(tagStatus: string, countNumber: number): Selection {
  return { tagStatus, countType: "sinceImagePushed", countUnit: "days", countNumber }
}

/** Rules that keep for ever come first, except those after a rule for the same tags. */
function foreverFirst(rules: Rule[]): Rule[] {
  const first = rules.filter(
    (rule, at) => isForEver(rule) && !rules.slice(0, at).some((earlier) => shareTags(earlier, rule)),
  )
  return [...first, ...rules.filter((rule) => !first.includes(rule))]
}

function shareTags(one: Rule, other: Rule): boolean {
  return one.tags.some((left) => other.tags.some((right) => overlap(left, right)))
}

function requireExpressible(rule: Rule, earlier: Rule[]): void {
  if (rule.last && rule.days) throw cannot(rule, "two alternative limits", "Remove one of the two limits.")
  if (rule.tags.some((pattern) => pattern.split("*").length - 1 > WILDCARDS))
    throw cannot(rule, `more than ${WILDCARDS} * in a pattern`, "Write a simpler pattern.")
  const shared = earlier.find((other) => shareTags(other, rule))
  if (rule.last && shared)
    throw cannot(
      rule,
      `a count without the images of another rule, but ECR would also count ${shared.tags.join(", ")} and keep fewer images`,
      "Use a pattern that matches no image of another rule, or days instead of last.",
    )
}

function cannot(rule: Rule, what: string, fix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "rules that an ECR lifecycle policy can express",
    got: `"${renderRule(rule)}", which needs ${what}`,
    fix,
  })
}
