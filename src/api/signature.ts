import { type Directory, type File, func, object, type Secret, type Service } from "@dagger.io/dagger"
import { SignatureFormat } from "../enums.ts"
import { cosignTools, givenSettings, stepSigner, stepSigning } from "./access.ts"

/** Attestations, verification and admission policies of signed images */
@object()
export class Signature {
  cosignImage!: string
  craneImage!: string
  settings?: File
  registryUsername?: string
  registryPassword?: Secret
  registryConfig?: Secret
  registryService?: Service
  plainHttp?: boolean
  caCertificate?: File
  cosignKey?: Secret
  cosignPassword?: Secret
  kmsKey?: string
  kmsCredentials?: Secret[]
  kmsCredentialNames?: string[]
  identityToken?: Secret
  requestUrl?: Secret
  requestToken?: Secret
  identity?: string
  issuer?: string
  fulcioUrl?: string
  rekorUrl?: string
  timestampUrl?: string
  signingConfig?: File
  trustedRoot?: File

  /**
   * Attest a predicate of an image by its digest: an SBOM, a vulnerability report, provenance, or a custom one.
   *
   * The attestation is a Sigstore bundle, a referrer of the image in its registry. There is one of each predicate type: one
   * that this signer has attested already stays. Returns what was attested. Errors: as cosign-sign.
   *
   * @param ref The image, or one platform's, as repository@sha256:<digest>
   * @param predicate The predicate, as JSON
   * @param predicateType Its type: slsaprovenance1, spdxjson, cyclonedx, vuln, openvex, or a URI
   * @param ci Variables of the CI job as NAME=value, as in cosign-sign; default none
   */
  @func({ cache: "never" }) // it writes to the registry
  async attest(ref: string, predicate: File, predicateType: string, ci: string[] = []): Promise<string> {
    const { attestDigests } = await import("#lib/sign/attestation.ts")
    const { parseSigningKey } = await import("#lib/sign/signer-input.ts")
    const { parsePredicateType } = await import("#lib/sign/verification.ts")
    const { renderAttestations } = await import("#lib/sign/signature.ts")
    const key = parseSigningKey(await stepSigning(this, ci))
    const type = parsePredicateType(predicateType)
    const { image, tools } = await cosignTools(ref, this)
    const subject = { ref: image, attestations: [{ type, predicate }] }
    return renderAttestations(await attestDigests([subject], { ...tools, key }))
  }

  /**
   * Verify that an image is signed by exactly this key or this identity, and for this repository.
   *
   * Checks the signed statement, too: an image with only an SBOM's attestation is not signed. Returns what was checked.
   * Errors: VERIFICATION_FAILED with the reason; OPTIONS_INVALID for an identity pattern that is too loose;
   * IMAGE_NOT_FOUND; REGISTRY_FAILED.
   *
   * @param ref The image as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param format Form of the signature: BUNDLE, LEGACY or BOTH; default BUNDLE
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async verify(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    format: SignatureFormat = SignatureFormat.BUNDLE,
  ): Promise<string> {
    const { bundleFormats } = await import("#lib/sign/args.ts")
    const { renderVerification, verifySigned } = await import("#lib/sign/signature.ts")
    const signer = await stepSigner(this, { publicKey, identityPattern, issuerPattern })
    const { image, tools } = await cosignTools(ref, this)
    const options = { ...tools, signer, repository: signedRepository }
    const verified = bundleFormats(format).map((form) => verifySigned(image, { ...options, format: form }))
    return renderVerification(await Promise.all(verified))
  }

  /**
   * Verify a whole release: its signature, its platforms, and what is attested of each of them.
   *
   * The index must hold exactly the platforms given, or those in the signed provenance, with the digests in it; each must
   * have its SBOMs and its vulnerability report by the same signer. Returns a line for each check. Errors: as verify, each
   * reason in a sentence.
   *
   * @param ref The image index as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param platforms The platforms that it must have, no more and no less; default those in the provenance
   * @param predicateTypes What must be attested of each platform; default spdxjson, cyclonedx and vuln
   * @param noProvenance Accept a release without SLSA provenance; default false
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async verifyRelease(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    platforms: string[] = [],
    predicateTypes: string[] = ["spdxjson", "cyclonedx", "vuln"],
    noProvenance: boolean = false,
  ): Promise<string> {
    const { parsePredicateType } = await import("#lib/sign/verification.ts")
    const { renderVerification } = await import("#lib/sign/signature.ts")
    const { verifyReleaseAt } = await import("#lib/sign/release-verification.ts")
    const signer = await stepSigner(this, { publicKey, identityPattern, issuerPattern })
    const wanted = { platforms, platformTypes: predicateTypes.map(parsePredicateType), provenance: !noProvenance }
    const { image, tools } = await cosignTools(ref, this)
    const options = { ...tools, ...wanted, signer, repository: signedRepository }
    return renderVerification([await verifyReleaseAt(image, options)])
  }

  /**
   * Write admission policies that admit only images of this repository that this signer signed.
   *
   * The image is verified first: the policies require the key or the identity that really signed. Returns a directory:
   * kyverno/image-validating-policy.yaml (Kyverno 1.19 or later), kyverno/cluster-policy.yaml (its older kind),
   * policy-controller/cluster-image-policy.yaml (Sigstore's; with trustedRoot also trust-root.yaml, which it refers to), and
   * conftest/images.rego for the manifests in git: images by digest only. The head of each says what it needs and what its
   * engine cannot express. Errors: as verify.
   *
   * @param ref The image as repository@sha256:<digest>
   * @param publicKey The signer's public key, PEM
   * @param identityPattern A regular expression from ^ to $ instead, for several branches or tags
   * @param issuerPattern A regular expression from ^ to $ instead
   * @param signedRepository Repository that the signature was made for, if the image has been copied since; default the reference's
   * @param replicas Repositories with copies, each of which gets the same policies in replicas/<repository>; default those in the constructor's settings, if the image is in their repository
   */
  @func({ cache: "never" }) // a registry can lose what it had
  async admissionPolicies(
    ref: string,
    publicKey?: File,
    identityPattern?: string,
    issuerPattern?: string,
    signedRepository?: string,
    replicas: string[] = [],
  ): Promise<Directory> {
    const { policyDirectory } = await import("#lib/policy/policy-files.ts")
    const { verifySigner } = await import("#lib/policy/admission.ts")
    const signer = await stepSigner(this, { publicKey, identityPattern, issuerPattern })
    const { image, tools } = await cosignTools(ref, this)
    const options = { ...tools, signer, repository: signedRepository }
    const { replicasOf } = await import("#lib/config/services.ts")
    const admission = await verifySigner(image, options)
    const copies = replicas.length ? replicas : replicasOf(await givenSettings(this), admission.repository)
    return policyDirectory(admission, copies)
  }
}
