import type { Admission } from "./admission.ts"
import { objectName } from "./spelling.ts"
import { parseRootKeys, type RootAuthority, type RootLog } from "./trusted-root.ts"

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

/** Every field is required there, though only the chain is used: what the root leaves out is said to be unknown. */
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
