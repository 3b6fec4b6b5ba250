import { RegistryKind } from "../../src/enums.ts"
import type { DigestRef } from "../oci/reference.ts"
import { artifactRegistryPolicy } from "./artifact-registry.ts"
import { ecrPolicy } from "./ecr.ts"
import { harborPolicy } from "./harbor.ts"
import {
  COMPANIONS,
  IN_USE,
  type Policy,
  type PolicyTarget,
  parseTagPattern,
  patternSource,
  type Rule,
  type RuleSet,
  renderRule,
} from "./rules.ts"

/** What a GitOps branch names of the repository; undefined if nobody said where to look. */
export type DeployedRefs = DigestRef[] | undefined

/** The rules in a registry's own words, and beside them what these cannot say. */
export function policyFiles(
  kind: RegistryKind,
  { set, target, inUse }: { set: RuleSet; target: PolicyTarget; inUse: DeployedRefs },
): Record<string, string> {
  const policy = renderPolicy(kind, set, target)
  const { repository } = target
  const lines = [
    `# Retention of ${repository.name}`,
    "",
    ...set.rules.map((rule) => `- ${renderRule(rule)}`),
    "- what no rule names is kept",
    "",
    `    ${policy.apply}`,
    "",
    ...policy.notes.flatMap((note) => [note, ""]),
    ...deployedText(inUse),
  ]
  return {
    "policy.json": `${JSON.stringify(policy.document, undefined, 2)}\n`,
    "README.md": `${lines.join("\n").trimEnd()}\n`,
  }
}

function renderPolicy(kind: RegistryKind, set: RuleSet, target: PolicyTarget): Policy {
  switch (kind) {
    case RegistryKind.ECR:
      return ecrPolicy(set, target)
    case RegistryKind.ARTIFACT_REGISTRY:
      return artifactRegistryPolicy(set, target)
    case RegistryKind.HARBOR:
      return harborPolicy(set, target)
    case RegistryKind.ZOT:
      return zotPolicy(set, target)
  }
}

/** The tag under which the policy knows that an image is deployed; one for each digest, so that it never moves. */
export function inUseTag(ref: DigestRef): string {
  return IN_USE.replace("*", ref.slice(ref.indexOf("@sha256:") + 8).slice(0, 12))
}

function deployedText(inUse: DeployedRefs): string[] {
  const how = `The registry does not know what runs. The policy keeps for ever what has a tag ${IN_USE}: before it is in force, and after each bump, give one to what the GitOps branch names`
  if (!inUse) return [`${how} (with --gitops-repo the commands are listed here).`]
  if (inUse.length === 0) return [`${how}. At the moment it names no image of this repository by a bump of Slipway's.`]
  return [
    `${how}:`,
    "",
    ...inUse.map((ref) => `    dagger -m "$SLIPWAY" call registry tag --ref=${ref} --tags=${inUseTag(ref)} …`),
  ]
}

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
