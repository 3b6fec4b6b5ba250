import {
  COMPANIONS,
  IN_USE,
  type Policy,
  type PolicyTarget,
  parseTagPattern,
  patternSource,
  type Rule,
  type RuleSet,
} from "./rules.ts"

/** https://zotregistry.dev/latest/articles/retention/: hours are the longest unit of Go's durations. */
type KeepTags = { patterns: string[]; mostRecentlyPushedCount?: number; pushedWithin?: string }

/** The part of zot's configuration that is about one repository. The first entry that a tag matches decides, as here. */
export function zotPolicy({ rules, untagged }: RuleSet, { repository }: PolicyTarget): Policy {
  const keepTags = [...[IN_USE, COMPANIONS].map((pattern) => keep({ tags: [pattern] })), ...rules.map(keep), keep(ANY)]
  const policy = {
    repositories: [repository.path],
    deleteReferrers: true,
    deleteUntagged: untagged !== undefined,
    keepTags,
  }
  const retention = { dryRun: false, delay: untagged ? hours(untagged) : "24h", policies: [policy] }
  return {
    document: { storage: { gc: true, retention } },
    apply: "merge it into zot's configuration, with storage.retention.dryRun first; then: zot verify config.json",
    notes: [
      "zot takes the first policy whose repositories match, and no other: put this one before any with a wider pattern.",
      "zot goes by the time of the push. It removes a referrer only once its subject is gone, and a platform only once no index lists it.",
      ...(untagged ? [] : ["Without `untagged` the platforms of a removed image stay, since they have no tag."]),
    ],
  }
}

/** A tag that no entry names would be removed. */
const ANY: Rule = { tags: [parseTagPattern("*")] }

function keep({ tags, last, days }: Rule): KeepTags {
  return {
    patterns: tags.map(patternSource),
    ...(last && { mostRecentlyPushedCount: last }),
    ...(days && { pushedWithin: hours(days) }),
  }
}

function hours(days: number): string {
  return `${days * 24}h`
}
