import { RegistryKind } from "../../src/enums.ts"
import type { DigestRef } from "../oci/reference.ts"
import { artifactRegistryPolicy } from "./artifact-registry.ts"
import { ecrPolicy } from "./ecr.ts"
import { harborPolicy } from "./harbor.ts"
import { IN_USE, type Policy, type PolicyTarget, type RuleSet, renderRule } from "./rules.ts"
import { zotPolicy } from "./zot.ts"

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
