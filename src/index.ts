/**
 * From source to a verified digest in the GitOps repository, as one typed call.
 *
 * test ∥ multi-arch build → scan every platform → push by digest → sign → attest → verify → only then tag → GitOps bump.
 * `ship` is the whole chain; each step is a function of its own. What travels between them is an OCI image layout with
 * one image index (a Directory), and afterwards a reference by digest, never a tag.
 */
import { type Directory, object } from "@dagger.io/dagger"
import { COSIGN_IMAGE, CRANE_IMAGE, KUSTOMIZE_IMAGE, REGISTRY_IMAGE, TRIVY_IMAGE } from "./config/tools.ts"

@object()
export class Slipway {
  private trivyImage: string
  private cosignImage: string
  private craneImage: string
  private kustomizeImage: string
  private registryImage: string
  private vulnerabilityDb?: Directory

  /**
   * @param trivyImage Image of the scanner Trivy; default the official one, by digest
   * @param cosignImage Image of the signer cosign; default the official one, by digest
   * @param craneImage Image of the registry client crane; default the official one, by digest
   * @param kustomizeImage Image with kustomize and git; default kustomize's official one, by digest
   * @param registryImage Image of the registry that stands in during a rehearsal; default the official one, by digest
   * @param vulnerabilityDb Trivy's vulnerability database, a directory with trivy.db and metadata.json; default: Trivy downloads its own, kept in a cache volume
   */
  constructor(
    trivyImage: string = TRIVY_IMAGE,
    cosignImage: string = COSIGN_IMAGE,
    craneImage: string = CRANE_IMAGE,
    kustomizeImage: string = KUSTOMIZE_IMAGE,
    registryImage: string = REGISTRY_IMAGE,
    vulnerabilityDb?: Directory,
  ) {
    this.trivyImage = trivyImage
    this.cosignImage = cosignImage
    this.craneImage = craneImage
    this.kustomizeImage = kustomizeImage
    this.registryImage = registryImage
    this.vulnerabilityDb = vulnerabilityDb
  }

  // --- test ---

  // --- build ---

  // --- scan ---

  // --- publish ---

  // --- sign ---

  // --- gitops ---

  // --- ship ---
}
