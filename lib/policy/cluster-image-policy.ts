import {
  type Admission,
  type AdmittedIdentity,
  identityFields,
  PUBLIC_FULCIO,
  PUBLIC_REKOR,
  SIGNATURE,
} from "./admission.ts"
import { objectName } from "./spelling.ts"

/** Sigstore's policy-controller: https://docs.sigstore.dev/policy-controller/overview */
export function clusterImagePolicy(admission: Admission): object {
  const { repository, signer } = admission
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
          ...(signer.kind === "key"
            ? { key: { data: signer.publicKey, hashAlgorithm: "sha256" } }
            : keyless(signer, signer.trustedRoot === undefined ? undefined : objectName(repository))),
          // A bundle is looked up as an attestation there, and the predicate type is what makes it a signature.
          ...(controllerReadsBundle(admission) && {
            signatureFormat: "bundle",
            attestations: [{ name: "signature", predicateType: SIGNATURE }],
          }),
        },
      ],
    },
  }
}

/** policy-controller 0.13 reads a bundle only if a certificate made it. */
export function controllerReadsBundle({ signer, formats }: Admission): boolean {
  return signer.kind === "identity" && formats.bundle
}

/** It compares full names, in which Docker Hub has another one; two stars also match a slash. */
function globs(repository: string): string[] {
  const name = repository.replace(/^docker\.io\//, "index.docker.io/")
  return [`${name}:**`, `${name}@**`]
}

/** Each proof has to come of the same root: one that names none is the public instance's, also beside a private authority. */
function keyless(signer: AdmittedIdentity, trustRootRef?: string): object {
  const { log, timestamps, certificateLog } = signer.proofs
  const root = trustRootRef === undefined ? {} : { trustRootRef }
  return {
    keyless: {
      ...(trustRootRef === undefined ? { url: PUBLIC_FULCIO } : root),
      identities: [identityFields(signer)],
      ...(!certificateLog && { insecureIgnoreSCT: true }),
    },
    ...(timestamps && { rfc3161timestamp: root }),
    ...(log && { ctlog: trustRootRef === undefined ? { url: PUBLIC_REKOR } : root }),
  }
}
