import { type Admission, type Admitted, identityFields, SIGNATURE } from "./admission.ts"
import { imageGlobs, imagePattern, objectName } from "./spelling.ts"

/**
 * Kyverno's ImageValidatingPolicy: https://kyverno.io/docs/policy-types/image-validating-policy
 * An image that it does not match counts as unverified there, so a side-car of another origin is left out beforehand.
 */
export function imageValidatingPolicy({ repository, signer }: Admission): object {
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name: objectName(repository) },
    spec: {
      validationActions: ["Deny"],
      failurePolicy: "Fail",
      webhookConfiguration: { timeoutSeconds: 30 },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            operations: ["CREATE", "UPDATE"],
            resources: ["pods", "pods/ephemeralcontainers"],
          },
        ],
      },
      matchImageReferences: imageGlobs(repository).map((glob) => ({ glob })),
      attestors: [{ name: "signer", cosign: attestor(signer) }],
      ...(signer.kind === "identity" && { attestations: [{ name: "signature", intoto: { type: SIGNATURE } }] }),
      validations: validations(repository, signer),
    },
  }
}

function attestor(signer: Admitted): object {
  if (signer.kind === "key") {
    return {
      key: { data: signer.publicKey, hashAlgorithm: "sha256" },
      ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true },
    }
  }
  return {
    keyless: { identities: [identityFields(signer)] },
    ...(signer.trustedRoot
      ? { trustedRoot: { value: signer.trustedRoot } }
      : { ctlog: { url: "https://rekor.sigstore.dev" } }),
  }
}

/** Any signed statement passes for a signature there; with an identity, the predicate type is asked for as well. */
function validations(repository: string, { kind }: Admitted): object[] {
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
  return kind === "identity" ? [signed, signature] : [signed]
}
