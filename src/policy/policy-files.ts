import { stringify } from "yaml"
import type { Admission, AdmittedName } from "./admission.ts"
import { clusterImagePolicy } from "./cluster-image-policy.ts"
import { clusterPolicy, readsBundles } from "./cluster-policy.ts"
import { conftestPolicy } from "./conftest-policy.ts"
import { imageValidatingPolicy } from "./image-validating-policy.ts"

/** The policies as files, each with what it needs to know on top; where an engine cannot read the signature, it says so. */
export function policyFiles(admission: Admission): Record<string, string> {
  return {
    "kyverno/image-validating-policy.yaml": file(imageValidatingPolicy(admission), [
      ...head(admission),
      "For Kyverno 1.18 or later, which reads bundles and the older format alike.",
      ...(keyed(admission) && !admission.formats.legacy
        ? ["Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): sign with --format=both there."]
        : []),
    ]),
    "kyverno/cluster-policy.yaml": file(clusterPolicy(admission), [
      ...head(admission),
      "For Kyverno 1.13 or later, where ImageValidatingPolicy is not there yet: apply one of the two, not both.",
      ...olderFormat(admission, readsBundles(admission)),
    ]),
    "policy-controller/cluster-image-policy.yaml": file(clusterImagePolicy(admission), [
      ...head(admission),
      "For Sigstore's policy-controller 0.13 or later; only namespaces labelled policy.sigstore.dev/include=true are guarded.",
      ...olderFormat(admission, readsBundles(admission)),
    ]),
    "conftest/images.rego": comment([
      `Manifests may name only images of ${admission.repository}, by digest: conftest test --policy conftest FILE...`,
    ]).concat(conftestPolicy(admission)),
  }
}

function head({ repository, signer }: Admission): string[] {
  const who =
    signer.kind === "key" ? "the key below" : `${name(signer.identity)}, for whom ${name(signer.issuer)} vouches`
  return [`Images of ${repository} run only if they are signed by ${who}.`]
}

function name({ kind, value }: AdmittedName): string {
  return kind === "exact" ? value : `a name like ${value}`
}

function keyed({ signer }: Admission): boolean {
  return signer.kind === "key"
}

/** A policy that cannot be met is worse than none if nobody says so. */
function olderFormat({ formats }: Admission, bundles: boolean): string[] {
  if (bundles || formats.legacy) return []
  return ["It reads the older signature format only, which this image does not have: sign with --format=both first."]
}

function file(policy: object, notes: string[]): string {
  return comment(notes).concat(stringify(policy, { lineWidth: 0 }))
}

function comment(notes: string[]): string {
  return notes.map((note) => `# ${note}\n`).join("")
}
