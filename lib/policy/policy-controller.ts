import { parseRootKeys, type RootAuthority, type RootLog } from "../sign/trusted-root.ts"
import {
  type Admission,
  type AdmittedIdentity,
  identityFields,
  objectName,
  PUBLIC_FULCIO,
  PUBLIC_REKOR,
  SIGNATURE,
} from "./admission.ts"

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
          // policy-controller reads a bundle as an attestation; the predicate type makes it a signature
          ...(controllerReadsBundle(admission) && {
            signatureFormat: "bundle",
            attestations: [{ name: "signature", predicateType: SIGNATURE }],
          }),
        },
      ],
    },
  }
}

/** policy-controller 0.13 reads bundles of certificates only. */
export function controllerReadsBundle({ signer, formats }: Admission): boolean {
  return signer.kind === "identity" && formats.bundle
}

/** policy-controller compares full names, with index.docker.io for Docker Hub; two stars also match a slash. */
function globs(repository: string): string[] {
  const name = repository.replace(/^docker\.io\//, "index.docker.io/")
  return [`${name}:**`, `${name}@**`]
}

/** Each proof names the trusted root: one without it would be verified by the public instance's root. */
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

/**
 * The keys of a private Sigstore instance for policy-controller, which a ClusterImagePolicy refers to by name:
 * https://docs.sigstore.dev/policy-controller/overview/#configuring-trustroot-for-custom-tuf-root
 */
export function trustRoot({ repository, signer }: Admission, now: Date): object | undefined {
  if (signer.kind === "key" || signer.trustedRoot === undefined) return undefined
  const { certificateAuthorities, timestampAuthorities, logs, certificateLogs } = parseRootKeys(signer.trustedRoot, now)
  return {
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: objectName(repository) },
    spec: {
      sigstoreKeys: {
        certificateAuthorities: certificateAuthorities.map(authority),
        ...list("timestampAuthorities", signer.proofs.timestamps ? timestampAuthorities.map(authority) : []),
        ...list("tLogs", signer.proofs.log ? logs.map(log) : []),
        ...list("ctLogs", signer.proofs.certificateLog ? certificateLogs.map(log) : []),
      },
    },
  }
}

/** Every field is required, although only the chain is used; missing fields become "unknown". */
function authority({ organization, commonName, uri, chain }: RootAuthority): object {
  return {
    subject: { organization: organization || "unknown", commonName: commonName || "unknown" },
    uri: uri || "https://unknown.invalid",
    certChain: base64(chain),
  }
}

function log({ url, hashAlgorithm, publicKey }: RootLog): object {
  const size = hashAlgorithm.match(/(256|384|512)$/)?.[1] ?? "256"
  return { baseURL: url || "https://unknown.invalid", hashAlgorithm: `sha-${size}`, publicKey: base64(publicKey) }
}

function list(name: string, items: object[]): object {
  return items.length > 0 ? { [name]: items } : {}
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64")
}
