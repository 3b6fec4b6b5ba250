import { parseRootKeys } from "../sign/trusted-root.ts"
import {
  type Admission,
  type AdmittedIdentity,
  identityFields,
  imageGlobs,
  imagePattern,
  objectName,
  PUBLIC_REKOR,
  SIGNATURE,
} from "./admission.ts"

/** Kyverno's older kind, read by every release since 1.13: https://kyverno.io/docs/policy-types/cluster-policy/verify-images */
export function clusterPolicy(admission: Admission, now: Date): object {
  const { repository } = admission
  const attestors = [{ count: 1, entries: [entry(admission, now)] }]
  return {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: objectName(repository) },
    spec: {
      background: false,
      webhookConfiguration: { failurePolicy: "Fail", timeoutSeconds: 30 },
      rules: [
        {
          name: "signed-by-the-release-pipeline",
          match: { any: [{ resources: { kinds: ["Pod"] } }] },
          verifyImages: [
            {
              imageReferences: imageGlobs(repository),
              failureAction: "Enforce",
              ...(readsBundle(admission)
                ? { type: "SigstoreBundle", attestations: [{ type: SIGNATURE, attestors }] }
                : { type: "Cosign", attestors }),
            },
          ],
        },
      ],
    },
  }
}

/**
 * Up to 1.18, Kyverno verifies a bundle by a certificate's identity only, never by a key (kyverno#16267). If the image also
 * has the older format, every release can read that.
 */
export function readsBundle({ signer, formats }: Admission): boolean {
  return formats.bundle && (signer.kind === "identity" || !formats.legacy)
}

/** Kyverno requires a log's address in every keyless entry, even with ignoreTlog. */
const NO_LOG = { url: PUBLIC_REKOR, ignoreTlog: true }

function entry(admission: Admission, now: Date): object {
  const { signer } = admission
  if (signer.kind === "key") {
    return { keys: { publicKeys: signer.publicKey, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } } }
  }
  const names = identityFields(signer)
  if (signer.trustedRoot === undefined || readsBundle(admission)) {
    return { keyless: { ...names, rekor: signer.proofs.log ? { url: PUBLIC_REKOR } : NO_LOG } }
  }
  return { keyless: { ...names, ...privateKeys(signer, parseRootKeys(signer.trustedRoot, now)) } }
}

/** For the older format, the policy can contain the keys; for a bundle, Kyverno reads them from its TUF repository only. */
function privateKeys({ proofs }: AdmittedIdentity, keys: ReturnType<typeof parseRootKeys>): object {
  const { certificateAuthorities, timestampAuthorities, logs, certificateLogs } = keys
  const [log] = logs
  const [certificateLog] = certificateLogs
  const [stamping] = timestampAuthorities
  return {
    roots: certificateAuthorities.map(({ chain }) => chain).join(""),
    rekor: proofs.log ? { url: log?.url || PUBLIC_REKOR, pubkey: log?.publicKey ?? "" } : NO_LOG,
    ctlog: {
      ...(proofs.certificateLog ? { pubkey: certificateLog?.publicKey ?? "" } : { ignoreSCT: true }),
      ...(!proofs.log && stamping && { tsaCertChain: stamping.chain }),
    },
  }
}

/**
 * Kyverno's ImageValidatingPolicy: https://kyverno.io/docs/policy-types/image-validating-policy
 * Kyverno applies a policy for pods to Deployments, CronJobs and the like, but only if pods are its one resource. So the
 * containers that are added to a running pod have a separate policy.
 */
export function imageValidatingPolicies(admission: Admission, now: Date): object[] {
  const name = objectName(admission.repository)
  return [
    imageValidatingPolicy(admission, { name, resource: "pods", now }),
    imageValidatingPolicy(admission, { name: `${name}-debug`, resource: EPHEMERAL, now }),
  ]
}

const EPHEMERAL = "pods/ephemeralcontainers"

type PolicyContext = { name: string; resource: string; now: Date }

/** Kyverno treats an image that matches no reference as unverified, so sidecars of other repositories are filtered out. */
function imageValidatingPolicy(admission: Admission, { name, resource, now }: PolicyContext): object {
  const { repository, formats } = admission
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name },
    spec: {
      validationActions: ["Deny"],
      failurePolicy: "Fail",
      webhookConfiguration: { timeoutSeconds: 30 },
      // for a scan of what runs, Kyverno needs a permission that it does not have, and without it the policy is not ready
      ...(resource === EPHEMERAL && { evaluation: { background: { enabled: false } } }),
      matchConstraints: {
        resourceRules: [
          { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: [resource] },
        ],
      },
      matchImageReferences: imageGlobs(repository).map((glob) => ({ glob })),
      attestors: [{ name: "signer", cosign: attestor(admission, now) }],
      ...(formats.bundle && { attestations: [{ name: "signature", intoto: { type: SIGNATURE } }] }),
      validations: validations(admission),
    },
  }
}

function attestor({ signer, formats }: Admission, now: Date): object {
  if (signer.kind === "key") {
    return {
      key: { data: signer.publicKey, hashAlgorithm: "sha256" },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    }
  }
  const ctlog =
    signer.trustedRoot === undefined ? publicLog(signer) : privateLog(signer, { bundle: formats.bundle, now })
  return {
    keyless: { identities: [identityFields(signer)] },
    ...(signer.trustedRoot !== undefined && { trustedRoot: { value: signer.trustedRoot } }),
    ...(ctlog && { ctlog }),
  }
}

/** Without a log, Kyverno requires the signature's timestamp. */
function publicLog({ proofs }: AdmittedIdentity): object {
  return proofs.log ? { url: PUBLIC_REKOR } : { insecureIgnoreTlog: true }
}

/**
 * Leaves out the proofs that the instance does not have. The policy's trusted root has all keys; Kyverno requires a log's
 * address too, although it does not use it. The older format also needs the timestamp authority's chain here.
 */
function privateLog({ proofs, trustedRoot = "" }: AdmittedIdentity, form: { bundle: boolean; now: Date }) {
  if (proofs.log && proofs.certificateLog) return undefined
  const { logs, timestampAuthorities } = parseRootKeys(trustedRoot, form.now)
  const [stamping] = form.bundle ? [] : timestampAuthorities
  return {
    ...(proofs.log ? { url: logs[0]?.url || PUBLIC_REKOR } : { insecureIgnoreTlog: true }),
    ...(!proofs.certificateLog && { insecureIgnoreSCT: true }),
    ...(!proofs.log && stamping && { tsaCertChain: stamping.chain }),
  }
}

/** With a bundle, Kyverno accepts any signed statement as a signature, so the predicate type is checked too. */
function validations({ repository, formats }: Admission): object[] {
  const all = (call: string) =>
    `(images.containers + images.initContainers + images.ephemeralContainers)` +
    `.filter(image, image.matches(r'${imagePattern(repository)}')).all(image, ${call} > 0)`
  const signed = {
    expression: all("verifyImageSignatures(image, [attestors.signer])"),
    message: `an image of ${repository} is not signed by its release pipeline`,
  }
  const signature = {
    expression: all("verifyAttestationSignatures(image, attestations.signature, [attestors.signer])"),
    message: `an image of ${repository} has attestations only, and no signature`,
  }
  return formats.bundle ? [signed, signature] : [signed]
}
