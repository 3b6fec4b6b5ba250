import { type Directory, dag } from "@dagger.io/dagger"
import { stringify } from "yaml"
import { fillText, readText } from "../config/file.ts"
import { parseRepository } from "../oci/reference.ts"
import { parseRootKeys } from "../sign/trusted-root.ts"
import { type Admission, type AdmittedName, pinnedPattern, spellings } from "./admission.ts"
import { clusterPolicy, imageValidatingPolicies, readsBundle } from "./kyverno.ts"
import { clusterImagePolicy, controllerReadsBundle, trustRoot } from "./policy-controller.ts"

const POLICY = readText(new URL("./images.rego", import.meta.url))

/**
 * A policy for the manifests in git, before any cluster sees them: https://www.conftest.dev
 * It verifies no signatures; it requires images of the signed repository, by digest.
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

// The comment at the top of each file names what the policy cannot express and what it needs of its cluster.

function imageValidatingNotes(admission: Admission): string[] {
  const { signer, formats } = admission
  return [
    who(admission),
    "For Kyverno 1.19 or later: 1.18 requires a log's address of every policy, and has no field for a trusted root.",
    ...(signer.kind === "key" && formats.bundle
      ? ["Kyverno 1.19.0 does not find a bundle made with a key (kyverno#17363): use 1.19.1 or later."]
      : []),
    ...(formats.bundle
      ? ["Kyverno requires a bundle: it refuses an image that has the older format only."]
      : [
          "The image has the older format only. Once it also has a bundle, such as an attestation, Kyverno reads bundles only,",
          "and accepts any statement by the signer as a signature: sign with --format=BOTH and write the policies again.",
        ]),
    ...(isPrivate(signer)
      ? [
          "Kyverno reads Sigstore's public TUF repository before the trusted root below: in a cluster without internet access,",
          "set a mirror of it in spec.attestors[0].cosign.tuf (mirror, root).",
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
          "For Kyverno 1.19 or later. Earlier releases admit no image by a key's bundle (kyverno#16267): sign with",
          "--format=BOTH for those, and write the policies again.",
        ]
      : ["For Kyverno 1.13 or later without ImageValidatingPolicy: apply one of the two policies, not both."]),
    "Kyverno 1.19 warns that ClusterPolicy is deprecated and will be removed: prefer image-validating-policy.yaml there.",
    ...(isPrivate(signer) && bundle
      ? [
          "For a bundle, this kind cannot contain the trusted root of a private Sigstore instance: Kyverno must read it from the",
          "instance's TUF repository (Kyverno's flags --enableTuf, --tufMirror and --tufRoot), or it admits no image.",
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
    "For Sigstore's policy-controller 0.13 or later; it checks only namespaces with the label policy.sigstore.dev/include=true.",
    ...(isPrivate(signer)
      ? ["It reads the instance's keys from the TrustRoot in trust-root.yaml: apply both files."]
      : []),
    ...(missesLogKeys(admission)
      ? [
          "policy-controller 0.13 does not find a log by a key in a TrustRoot when it reads a bundle, so it admits no",
          "image: set the instance's TUF repository in trust-root.yaml instead (spec.remote).",
        ]
      : []),
    ...(proofs?.log && proofs.timestamps
      ? ["If a timestamp is required, policy-controller does not also require the log's entry."]
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
  const by = signer.kind === "key" ? "the key below" : `${name(signer.identity)} with issuer ${name(signer.issuer)}`
  return `Images of ${repository} run only if they are signed by ${by}.`
}

function name({ kind, value }: AdmittedName): string {
  return kind === "exact" ? value : `a name that matches ${value}`
}

function isPrivate(signer: Admission["signer"]): boolean {
  return signer.kind === "identity" && signer.trustedRoot !== undefined
}

/** policy-controller compares a log's id with its hexadecimal text: pkg/apis/config/sigstore_keys.go, ConvertTransparencyLogInstance. */
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
    "Keys of the trusted root that are not valid now are left out, because this kind has no dates for keys: signatures by them are refused.",
  ]
}

/** The policies as files, each with its notes in a comment at the top. */
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

/** The policies of each replica, in a folder of its name: its copies have the signature of the main repository. */
export function replicaFiles(admission: Admission, replicas: string[], now: Date = new Date()): Record<string, string> {
  const files = replicas.map(parseRepository).flatMap(({ name }) => {
    const own = Object.entries(policyFiles({ ...admission, repository: name }, now))
    return own.map(([path, text]) => [`replicas/${name.replace(/:/g, "-")}/${path}`, text])
  })
  return Object.fromEntries(files)
}

/** The policies as a directory, with a folder per engine. */
export function policyDirectory(admission: Admission, replicas: string[] = []): Directory {
  return Object.entries({ ...policyFiles(admission), ...replicaFiles(admission, replicas) }).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}
