import { SlipwayError } from "../error.ts"
import {
  COMPANIONS,
  IN_USE,
  isForEver,
  type Policy,
  type PolicyTarget,
  prefixOf,
  type Rule,
  type RuleSet,
  renderRule,
  type TagPattern,
} from "./rules.ts"

const MOST_POLICIES = 10

type Condition = { tagState: "tagged"; tagPrefixes?: string[]; olderThan?: string; newerThan?: string }
type CleanupPolicy = { name: string; action: { type: "Delete" | "Keep" } } & (
  | { condition: Condition }
  | { mostRecentVersions: { keepCount: number } }
)

/**
 * Cleanup policies of an Artifact Registry repository. A Keep that matches wins over any Delete:
 * https://cloud.google.com/artifact-registry/docs/repositories/cleanup-policy
 */
export function artifactRegistryPolicy({ rules, untagged }: RuleSet, target: PolicyTarget): Policy {
  const [, project = "PROJECT", name = "REPOSITORY"] = [target.repository.host, ...target.repository.path.split("/")]
  const always = keep("keep-in-use", { tagState: "tagged", tagPrefixes: keptPrefixes([IN_USE, COMPANIONS]) })
  const policies = [always, ...rules.flatMap((rule, at) => rulePolicies(rule, { at, rules, target }))]
  if (policies.length > MOST_POLICIES) throw tooMany(policies.length)
  const location = target.repository.host.replace(/-docker\.pkg\.dev$/, "")
  const where = `--project=${project} --location=${location} --policy=policy.json`
  return {
    document: policies,
    apply: `gcloud artifacts repositories set-cleanup-policies ${name} ${where} --dry-run`,
    notes: [
      "Run it with `--no-dry-run` instead of `--dry-run` to enable the policy; the registry applies it within about a day.",
      `The policy applies to every image in ${name}, and uses the time of the upload.`,
      "If a rule removes an image by one of its tags, the image is removed even if it has other tags without a rule.",
      "Platforms, signatures and attestations have no tag, and the policy keeps them: the registry does not document that it spares those of kept images.",
      ...(untagged ? ["For the same reason the policy ignores `untagged`."] : []),
    ],
  }
}

type Place = { at: number; rules: Rule[]; target: PolicyTarget }

function rulePolicies(rule: Rule, { at, rules, target }: Place): CleanupPolicy[] {
  const name = `rule-${at + 1}`
  if (isForEver(rule)) return [keep(`${name}-keep`, { tagState: "tagged", ...prefixes(keptPrefixes(rule.tags)) })]
  const own = prefixes(exactPrefixes(rule))
  const age = rule.days ? `${rule.days}d` : undefined
  const older: CleanupPolicy = {
    name: `${name}-delete`,
    action: { type: "Delete" },
    condition: { tagState: "tagged", ...own, ...(age && { olderThan: age }) },
  }
  const newer = age ? [keep(`${name}-keep-new`, { tagState: "tagged", ...own, newerThan: age })] : []
  return [older, ...newer, ...mostRecent(rule, { at, rules, target })]
}

/** The registry counts versions with any tag or none, so `last` works only in a single rule for all images. */
function mostRecent(rule: Rule, { at, rules, target }: Place): CleanupPolicy[] {
  if (!rule.last) return []
  if (rules.length > 1 || !rule.tags.includes("*" as TagPattern)) {
    throw cannot(rule, "a number of images by tag, but the registry counts all versions", "Use days instead of last.")
  }
  const keepCount = rule.last * target.manifestsPerImage
  return [{ name: `rule-${at + 1}-keep-last`, action: { type: "Keep" }, mostRecentVersions: { keepCount } }]
}

function keep(name: string, condition: Condition): CleanupPolicy {
  return { name, action: { type: "Keep" }, condition }
}

/** An empty prefix matches every tag. */
function prefixes(tagPrefixes: string[]): Pick<Condition, "tagPrefixes"> {
  return tagPrefixes.includes("") ? {} : { tagPrefixes }
}

/** The patterns as prefixes. A pattern without a star keeps more tags than it matches, which is safe. */
function keptPrefixes(patterns: TagPattern[]): string[] {
  return patterns.map((pattern) => pattern.slice(0, pattern.indexOf("*") < 0 ? undefined : pattern.indexOf("*")))
}

function exactPrefixes(rule: Rule): string[] {
  return rule.tags.map((pattern) => {
    const prefix = prefixOf(pattern)
    if (prefix === undefined)
      throw cannot(rule, "a pattern that is not a prefix", "Write a prefix pattern, such as v*.")
    return prefix
  })
}

function cannot(rule: Rule, what: string, fix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "rules that Artifact Registry's cleanup policies can express",
    got: `"${renderRule(rule)}", which need ${what}`,
    fix,
  })
}

function tooMany(got: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `at most ${MOST_POLICIES} cleanup policies for Artifact Registry`,
    got: String(got),
    fix: "Merge rules with the same limit; a rule with days needs two policies.",
  })
}
