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

/** The repository's images in a GitOps branch; undefined if no branch was given. */
export type DeployedRefs = DigestRef[] | undefined

/** The rules as a registry's policy, with a README about how to apply it and its limits. */
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
    "- images that match no rule are kept",
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

/** The tag that protects a deployed image; one per digest, so that it never moves. */
export function inUseTag(ref: DigestRef): string {
  return IN_USE.replace("*", ref.slice(ref.indexOf("@sha256:") + 8).slice(0, 12))
}

function deployedText(inUse: DeployedRefs): string[] {
  const how = `The registry does not know which images are deployed. The policy keeps every image with a tag ${IN_USE}: before you enable it, and after each bump, add such a tag to the images that the GitOps branch names`
  if (!inUse) return [`${how} (pass --gitops-repo to list the commands here).`]
  if (inUse.length === 0) return [`${how}. The branch names no image of this repository in a bump by Slipway.`]
  return [
    `${how}:`,
    "",
    ...inUse.map((ref) => `    dagger -m "$SLIPWAY" call registry tag --ref=${ref} --tags=${inUseTag(ref)} …`),
  ]
}

/** https://zotregistry.dev/latest/articles/retention/; hours are the longest unit of Go's durations. */
type KeepTags = { patterns: string[]; mostRecentlyPushedCount?: number; pushedWithin?: string }

/** The part of zot's configuration for one repository. As in Slipway, the first entry that matches a tag decides. */
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
    apply:
      "merge policy.json into zot's configuration, first with storage.retention.dryRun, and run: zot verify config.json",
    notes: [
      "zot applies only the first policy whose repositories match: put this one before policies with a wider pattern.",
      "zot uses the time of the push. It removes a referrer after its subject, and a platform when no index lists it.",
      ...(untagged ? [] : ["Without `untagged`, the platforms of a removed image stay, because they have no tag."]),
    ],
  }
}

/** Keeps tags that match no rule, which zot would remove otherwise. */
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
