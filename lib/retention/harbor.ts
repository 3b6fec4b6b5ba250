import { SlipwayError } from "../error.ts"
import {
  COMPANIONS,
  IN_USE,
  isForEver,
  type Policy,
  type PolicyTarget,
  type Rule,
  type RuleSet,
  type TagPattern,
} from "./rules.ts"

const MOST_RULES = 15
/** No tag begins with a dash, so this selects only images without tags. */
const NO_TAG = "-" as TagPattern

type Selector = { kind: "doublestar"; decoration: string; pattern: string; extras?: string }

/**
 * The body of Harbor's POST /api/v2.0/retentions. Each rule retains images independently; all selectors of
 * a rule must match: https://goharbor.io/docs/main/working-with-projects/working-with-images/create-tag-retention-rules/
 */
export function harborPolicy({ rules, untagged }: RuleSet, { repository, harborProject }: PolicyTarget): Policy {
  const [project = "", ...name] = repository.path.split("/")
  if (!harborProject || name.length === 0) throw noProject(harborProject ? repository.path : "no --harbor-project")
  const scope = { repository: [{ kind: "doublestar", decoration: "repoMatches", pattern: name.join("/") }] }
  const whole = [{ tags: [IN_USE, COMPANIONS] }, ...rules]
  const retained = whole.flatMap((rule, at) => {
    const selectors = [matches(rule.tags), ...excludes(whole.slice(0, at).flatMap(({ tags }) => tags))]
    return templates(rule).map((template) => ({ ...template, tag_selectors: selectors }))
  })
  const others = { ...ALWAYS, tag_selectors: excludes(whole.flatMap(({ tags }) => tags)) }
  const tagless = { ...(untagged ? days(untagged) : ALWAYS), tag_selectors: [matches([NO_TAG], true)] }
  const all = [...retained, others, tagless].map((rule) => ({ action: "retain", ...rule, scope_selectors: scope }))
  if (all.length > MOST_RULES) throw tooMany(all.length)
  return {
    document: {
      algorithm: "or",
      scope: { level: "project", ref: harborProject },
      trigger: { kind: "Schedule", settings: { cron: "0 0 3 * * *" } },
      rules: all,
    },
    apply: "curl --fail --user … --json @policy.json https://HOST/api/v2.0/retentions".replace("HOST", repository.host),
    notes: [
      `A project has one policy: if ${project} already has one, add these rules to it (PUT /api/v2.0/retentions/<id>).`,
      "Repositories without a rule in the policy keep everything. Harbor uses the time of the push; its `dry run` shows what the policy would remove.",
      "Harbor removes signatures and attestations (accessories) and platforms (children) together with their image index.",
    ],
  }
}

const ALWAYS = { template: "always", params: {} }

function days(count: number): { template: string; params: Record<string, number> } {
  return { template: "nDaysSinceLastPush", params: { nDaysSinceLastPush: count } }
}

/** Two limits become two rules, because each of Harbor's rules retains independently. */
function templates(rule: Rule): { template: string; params: Record<string, number> }[] {
  if (isForEver(rule)) return [ALWAYS]
  return [
    ...(rule.last ? [{ template: "latestPushedK", params: { latestPushedK: rule.last } }] : []),
    ...(rule.days ? [days(rule.days)] : []),
  ]
}

function matches(patterns: TagPattern[], untagged = false): Selector {
  return { kind: "doublestar", decoration: "matches", pattern: either(patterns), extras: JSON.stringify({ untagged }) }
}

/** Excludes the tags of other rules, and images without tags, which have a separate rule. */
function excludes(patterns: TagPattern[]): Selector[] {
  if (patterns.length === 0) return []
  const extras = JSON.stringify({ untagged: true })
  return [{ kind: "doublestar", decoration: "excludes", pattern: either(patterns), extras }]
}

function either(patterns: TagPattern[]): string {
  return patterns.length === 1 ? `${patterns[0]}` : `{${patterns.join(",")}}`
}

function noProject(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a repository in a Harbor project, and --harbor-project with the project's number",
    got,
    fix: "Pass the project_id that GET /api/v2.0/projects/<name> returns.",
  })
}

function tooMany(got: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `at most ${MOST_RULES} rules in Harbor's policy`,
    got: String(got),
    fix: "Merge rules with the same limit; a rule with last and days counts as two.",
  })
}
