import { type Admission, type Admitted, identityFields, SIGNATURE } from "./admission.ts"
import { imageGlobs, objectName } from "./spelling.ts"

/** Kyverno's older kind, read by every release since 1.13: https://kyverno.io/docs/policy-types/cluster-policy/verify-images */
export function clusterPolicy(admission: Admission): object {
  const { repository, signer } = admission
  const attestors = [{ count: 1, entries: [entry(signer)] }]
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
              ...(readsBundles(admission)
                ? { type: "SigstoreBundle", attestations: [{ type: SIGNATURE, attestors }] }
                : { type: "Cosign", attestors }),
            },
          ],
        },
      ],
    },
  }
}

/** Up to 1.18 a bundle was compared with a certificate's identity only, whatever key the policy named (kyverno#16267). */
export function readsBundles({ signer, formats }: Admission): boolean {
  return signer.kind === "identity" && formats.bundle
}

function entry(signer: Admitted): object {
  if (signer.kind === "key") {
    return { keys: { publicKeys: signer.publicKey, rekor: { ignoreTlog: true }, ctlog: { ignoreSCT: true } } }
  }
  return { keyless: { ...identityFields(signer), rekor: { url: "https://rekor.sigstore.dev" } } }
}
