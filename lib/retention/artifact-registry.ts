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
      "`--no-dry-run` instead of `--dry-run` puts it in force, within about a day.",
      `It holds for every image in ${name}, and goes by the time of the upload.`,
      "An image that has also a tag of no rule is removed nevertheless, if a rule says so of another tag of it.",
      "Platforms, signatures and attestations have no tag and are left: the documentation does not say that those of living images would be spared.",
      ...(untagged ? ["For the same reason `untagged` is not written."] : []),
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

/** Versions are counted, of any tag and none, so a number of images can only be said of all of them together. */
function mostRecent(rule: Rule, { at, rules, target }: Place): CleanupPolicy[] {
  if (!rule.last) return []
  if (rules.length > 1 || !rule.tags.includes("*" as TagPattern)) {
    throw cannot(rule, "a number of images by their tags: it counts the versions of all", "Use days instead of last.")
  }
  const keepCount = rule.last * target.manifestsPerImage
  return [{ name: `rule-${at + 1}-keep-last`, action: { type: "Keep" }, mostRecentVersions: { keepCount } }]
}

function keep(name: string, condition: Condition): CleanupPolicy {
  return { name, action: { type: "Keep" }, condition }
}

/** No prefix at all is every tag. */
function prefixes(tagPrefixes: string[]): Pick<Condition, "tagPrefixes"> {
  return tagPrefixes.includes("") ? {} : { tagPrefixes }
}

/** To keep more than was asked for harms nobody: a whole tag is taken as the beginning of others. */
function keptPrefixes(patterns: TagPattern[]): string[] {
  return patterns.map((pattern) => pattern.slice(0, pattern.indexOf("*") < 0 ? undefined : pattern.indexOf("*")))
}

function exactPrefixes(rule: Rule): string[] {
  return rule.tags.map((pattern) => {
    const prefix = prefixOf(pattern)
    if (prefix === undefined) throw cannot(rule, "other patterns than beginnings of tags", "Write it as beginning-*.")
    return prefix
  })
}

function cannot(rule: Rule, what: string, fix: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "rules that Artifact Registry's cleanup policies can express",
    got: `"${renderRule(rule)}", and they do not know ${what}`,
    fix,
  })
}

function tooMany(got: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `at most ${MOST_POLICIES} cleanup policies for Artifact Registry`,
    got: String(got),
    fix: "Join rules with the same limit; one with days needs two policies.",
  })
}
