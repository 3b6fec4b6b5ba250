import { type Directory, dag } from "@dagger.io/dagger"
import { stringify } from "yaml"
import { fillText, readText } from "../config/file.ts"
import { parseRootKeys } from "../sign/trusted-root.ts"
import { type Admission, type AdmittedName, pinnedPattern, spellings } from "./admission.ts"
import { clusterPolicy, imageValidatingPolicies, readsBundle } from "./kyverno.ts"
import { clusterImagePolicy, controllerReadsBundle, trustRoot } from "./policy-controller.ts"

const POLICY = readText(new URL("./images.rego", import.meta.url))

/**
 * A policy for the manifests in git, before any cluster sees them: https://www.conftest.dev
 * It knows no signatures; it makes sure that what is deployed is what was signed, by digest.
 */
export function conftestPolicy({ repository }: Admission): string {
  return fillText(POLICY, {
    REPOSITORY: JSON.stringify(repository),
    PINNED: JSON.stringify(pinnedPattern(repository)),
    SPELLINGS: spellings(repository)
      .map((name) => JSON.stringify(name))
      .join(","),
  })
}

// What a policy cannot express, or needs of its cluster, stands on top of its file: one that admits nothing, or more than
// it says, is worse than none.

function imageValidatingNotes(admission: Admission): string[] {
  const { signer, formats } = admission
  return [
    who(admission),
    "For Kyverno 1.18 or later, which reads bundles and the older format alike.",
    ...(signer.kind === "key" && formats.bundle
      ? ["Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): use 1.19.1 or later."]
      : []),
    ...(formats.bundle
      ? ["The signature is asked for as a bundle: an image that has the older format alone is refused."]
      : [
          "The image has the older format alone. Once it also has a bundle, such as an attestation, Kyverno looks at bundles only,",
          "and takes any statement of the signer for a signature: sign with --format=BOTH and write the policies again.",
        ]),
    ...(isPrivate(signer)
      ? [
          "Kyverno reads Sigstore's public TUF repository before it looks at the trusted root below: in a cluster without internet,",
          "name a mirror of it in spec.attestors[0].cosign.tuf (mirror, root).",
        ]
      : []),
  ]
}

function clusterPolicyNotes(admission: Admission, now: Date): string[] {
  const { signer, formats } = admission
  const bundle = readsBundle(admission)
  return [
    who(admission),
    ...(bundle && signer.kind === "key"
      ? [
          "For Kyverno 1.19 or later. Earlier releases admit no image by a bundle that a key made (kyverno#16267): sign with",
          "--format=BOTH for those, and write the policies again.",
        ]
      : ["For Kyverno 1.13 or later, where ImageValidatingPolicy is not there yet: apply one of the two, not both."]),
    "Kyverno 1.19 warns that ClusterPolicy is deprecated and will be removed: there, prefer image-validating-policy.yaml.",
    ...(isPrivate(signer) && bundle
      ? [
          "The trusted root of a private Sigstore instance cannot stand in this kind, for a bundle: Kyverno has to get it from the",
          "instance's TUF repository (its flags --enableTuf, --tufMirror and --tufRoot), or no image is admitted.",
        ]
      : []),
    ...(!bundle ? [...olderFormat(formats), ...outdated(admission, now)] : []),
  ]
}

function clusterImagePolicyNotes(admission: Admission, now: Date): string[] {
  const { signer, formats } = admission
  const proofs = signer.kind === "identity" ? signer.proofs : undefined
  return [
    who(admission),
    "For Sigstore's policy-controller 0.13 or later; only namespaces labelled policy.sigstore.dev/include=true are guarded.",
    ...(isPrivate(signer) ? ["It takes the instance's keys from the TrustRoot in trust-root.yaml: apply both."] : []),
    ...(missesLogKeys(admission)
      ? [
          "policy-controller 0.13 does not find a log by a key that stands in a TrustRoot when it reads a bundle, so no image is",
          "admitted: name the instance's TUF repository in trust-root.yaml instead (spec.remote).",
        ]
      : []),
    ...(proofs?.log && proofs.timestamps
      ? ["Where a timestamp is asked for, policy-controller does not ask for the log's entry as well."]
      : []),
    ...(controllerReadsBundle(admission) ? [] : olderFormat(formats)),
    ...outdated(admission, now),
  ]
}

function trustRootNotes(admission: Admission, now: Date): string[] {
  return [
    `The private Sigstore instance that signed ${admission.repository}: cluster-image-policy.yaml refers to it.`,
    ...outdated(admission, now),
  ]
}

function who({ repository, signer }: Admission): string {
  const by =
    signer.kind === "key" ? "the key below" : `${name(signer.identity)}, for whom ${name(signer.issuer)} vouches`
  return `Images of ${repository} run only if they are signed by ${by}.`
}

function name({ kind, value }: AdmittedName): string {
  return kind === "exact" ? value : `a name that matches ${value}`
}

function isPrivate(signer: Admission["signer"]): boolean {
  return signer.kind === "identity" && signer.trustedRoot !== undefined
}

/** It compares a log's id with that id's hexadecimal text: pkg/apis/config/sigstore_keys.go, ConvertTransparencyLogInstance. */
function missesLogKeys(admission: Admission): boolean {
  const { signer } = admission
  if (signer.kind === "key" || signer.trustedRoot === undefined || !controllerReadsBundle(admission)) return false
  return signer.proofs.certificateLog || (signer.proofs.log && !signer.proofs.timestamps)
}

function olderFormat({ legacy }: Admission["formats"]): string[] {
  if (legacy) return []
  return ["It reads the older signature format only, which this image does not have: sign with --format=BOTH first."]
}

function outdated({ signer }: Admission, now: Date): string[] {
  if (signer.kind === "key" || signer.trustedRoot === undefined) return []
  if (!parseRootKeys(signer.trustedRoot, now).outdated) return []
  return [
    "Keys of the trusted root whose time is over were left out, since this kind has no dates for them: what they signed is refused.",
  ]
}

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

/** The policies, each in its engine's folder. */
export function policyDirectory(admission: Admission): Directory {
  return Object.entries(policyFiles(admission)).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}
