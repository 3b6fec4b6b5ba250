import { type Admission, type AdmittedIdentity, identityFields, PUBLIC_REKOR, SIGNATURE } from "./admission.ts"
import { imageGlobs, objectName } from "./spelling.ts"
import { parseRootKeys } from "./trusted-root.ts"

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
 * Up to 1.18 a bundle is compared with a certificate's identity only, whatever key the policy names, and never passes by a
 * key (kyverno#16267): where there is the older form too, every release can read that.
 */
export function readsBundle({ signer, formats }: Admission): boolean {
  return formats.bundle && (signer.kind === "identity" || !formats.legacy)
}

/** Kyverno takes no keyless entry without an address of a log, not even one that is told to ask none. */
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

/** For the older form the keys can stand in the policy; for a bundle they come of Kyverno's own TUF repository alone. */
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
