import { stringify } from "yaml"
import type { Admission } from "./admission.ts"
import { clusterImagePolicy } from "./cluster-image-policy.ts"
import { clusterPolicy } from "./cluster-policy.ts"
import { conftestPolicy } from "./conftest-policy.ts"
import { clusterImagePolicyNotes, clusterPolicyNotes, imageValidatingNotes, trustRootNotes } from "./head-notes.ts"
import { imageValidatingPolicies } from "./image-validating-policy.ts"
import { trustRoot } from "./trust-root.ts"

/** The policies as files, each with what it needs to know on top; where an engine cannot read the signature, it says so. */
export function policyFiles(admission: Admission, now: Date = new Date()): Record<string, string> {
  const root = trustRoot(admission, now)
  return {
    "kyverno/image-validating-policy.yaml": file(
      imageValidatingPolicies(admission, now),
      imageValidatingNotes(admission),
    ),
    "kyverno/cluster-policy.yaml": file([clusterPolicy(admission, now)], clusterPolicyNotes(admission, now)),
    "policy-controller/cluster-image-policy.yaml": file(
      [clusterImagePolicy(admission)],
      clusterImagePolicyNotes(admission, now),
    ),
    ...(root && { "policy-controller/trust-root.yaml": file([root], trustRootNotes(admission, now)) }),
    "conftest/images.rego": comment([
      `Manifests may name only images of ${admission.repository}, by digest: conftest test --policy conftest FILE...`,
    ]).concat(conftestPolicy(admission)),
  }
}

function file(objects: object[], notes: string[]): string {
  return comment(notes).concat(objects.map((object) => stringify(object, { lineWidth: 0 })).join("---\n"))
}

function comment(notes: string[]): string {
  return notes.map((note) => `# ${note}\n`).join("")
}
