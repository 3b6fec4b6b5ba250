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
/** No tag begins with a dash, so this selects what has none. */
const NO_TAG = "-" as TagPattern

type Selector = { kind: "doublestar"; decoration: string; pattern: string; extras?: string }

/**
 * The body of Harbor's POST /api/v2.0/retentions. Its rules say what to retain, each beside the others; several selectors
 * of one must all hold: https://goharbor.io/docs/main/working-with-projects/working-with-images/create-tag-retention-rules/
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
      `A project has one policy: where ${project} has one already, add these rules to it (PUT /api/v2.0/retentions/<id>).`,
      "A repository that no rule of the policy is about keeps everything. Harbor goes by the time of the push; `dry run` beside the policy shows what it would remove.",
      "Signatures and attestations are accessories there, and platforms children of their index: they go with it.",
    ],
  }
}

const ALWAYS = { template: "always", params: {} }

function days(count: number): { template: string; params: Record<string, number> } {
  return { template: "nDaysSinceLastPush", params: { nDaysSinceLastPush: count } }
}

/** Of two limits one is enough, as between any two of Harbor's rules. */
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

/** What another rule decides about does not count here; what has no tag has a rule of its own. */
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
    fix: "GET /api/v2.0/projects/<name> answers it as project_id.",
  })
}

function tooMany(got: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `at most ${MOST_RULES} rules in Harbor's policy`,
    got: String(got),
    fix: "Join rules with the same limit; one with last and days counts as two.",
  })
}
