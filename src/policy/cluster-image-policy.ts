import { type Admission, type Admitted, identityFields, SIGNATURE } from "./admission.ts"
import { objectName } from "./spelling.ts"

/** Sigstore's policy-controller: https://docs.sigstore.dev/policy-controller/overview */
export function clusterImagePolicy({ repository, signer, formats }: Admission): object {
  const bundle = signer.kind === "identity" && formats.bundle
  return {
    apiVersion: "policy.sigstore.dev/v1beta1",
    kind: "ClusterImagePolicy",
    metadata: { name: objectName(repository) },
    spec: {
      mode: "enforce",
      images: globs(repository).map((glob) => ({ glob })),
      authorities: [
        {
          name: "signer",
          ...authority(signer),
          // A bundle is looked up as an attestation there, and the predicate type is what makes it a signature.
          ...(bundle && {
            signatureFormat: "bundle",
            attestations: [{ name: "signature", predicateType: SIGNATURE }],
          }),
        },
      ],
    },
  }
}

/** It compares full names, in which Docker Hub has another one; two stars also match a slash. */
function globs(repository: string): string[] {
  const name = repository.replace(/^docker\.io\//, "index.docker.io/")
  return [`${name}:**`, `${name}@**`]
}

function authority(signer: Admitted): object {
  if (signer.kind === "key") return { key: { data: signer.publicKey, hashAlgorithm: "sha256" } }
  return {
    keyless: { url: "https://fulcio.sigstore.dev", identities: [identityFields(signer)] },
    ctlog: { url: "https://rekor.sigstore.dev" },
  }
}
