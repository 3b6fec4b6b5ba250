/**
 * From source to a verified digest in the GitOps repository, as one typed call.
 *
 * test ∥ multi-arch build → scan every platform → push by digest → sign → attest → verify → only then tag → GitOps bump.
 * `ship` is the whole chain; each step is a function of its own. What travels between them is an OCI image layout with
 * one image index (a Directory), and afterwards a reference by digest, never a tag.
 */
import { type Directory, func, object, type Secret, type Socket } from "@dagger.io/dagger"
import { buildImage } from "./build/docker-build.ts"
import { COSIGN_IMAGE, CRANE_IMAGE, KUSTOMIZE_IMAGE, NODE_IMAGE, REGISTRY_IMAGE, TRIVY_IMAGE } from "./config/tools.ts"

@object()
export class Slipway {
  private trivyImage: string
  private cosignImage: string
  private craneImage: string
  private kustomizeImage: string
  private registryImage: string
  private vulnerabilityDb?: Directory
  private nodeImage: string

  /**
   * @param trivyImage Image of the scanner Trivy; default the official one, by digest
   * @param cosignImage Image of the signer cosign; default the official one, by digest
   * @param craneImage Image of the registry client crane; default the official one, by digest
   * @param kustomizeImage Image with kustomize and git; default kustomize's official one, by digest
   * @param registryImage Image of the registry that stands in during a rehearsal; default the official one, by digest
   * @param vulnerabilityDb Trivy's vulnerability database, a directory with trivy.db and metadata.json; default: Trivy downloads its own, kept in a cache volume
   * @param nodeImage Image with Node 24, in which a built image is made reproducible; default the one that the engine runs this module in
   */
  constructor(
    trivyImage: string = TRIVY_IMAGE,
    cosignImage: string = COSIGN_IMAGE,
    craneImage: string = CRANE_IMAGE,
    kustomizeImage: string = KUSTOMIZE_IMAGE,
    registryImage: string = REGISTRY_IMAGE,
    vulnerabilityDb?: Directory,
    nodeImage: string = NODE_IMAGE,
  ) {
    this.trivyImage = trivyImage
    this.cosignImage = cosignImage
    this.craneImage = craneImage
    this.kustomizeImage = kustomizeImage
    this.registryImage = registryImage
    this.vulnerabilityDb = vulnerabilityDb
    this.nodeImage = nodeImage
  }

  // --- test ---

  // --- build ---

  /**
   * Build one image for several platforms from a Dockerfile, as an OCI image layout.
   *
   * Answers a directory: one image index for exactly the platforms asked for, each with its own manifest. Labels and
   * annotations (source, revision, created, version, licenses) come from the source's git commit. The same commit gives
   * the same digest on any engine: files in the layers that the build makes, and the image itself, carry the commit's
   * time, which the Dockerfile sees as the build arg SOURCE_DATE_EPOCH. A failing build passes the engine's own error.
   * Errors: DOCKERFILE_NOT_FOUND, PLATFORM_INVALID, PLATFORM_MISSING (names the base image and what it has),
   * OPTIONS_INVALID.
   *
   * @param source The source, best with its .git
   * @param platforms Platforms as os/architecture[/variant]; default linux/amd64 and linux/arm64
   * @param dockerfile Path of the Dockerfile, looked for in the context, then in the source; default Dockerfile
   * @param context Folder of the source that the Dockerfile can copy from; default the whole source
   * @param target Stage to build; default the last
   * @param buildArgs Build args as NAME=value; never secrets, which would stay in the image
   * @param secrets Secrets for RUN --mount=type=secret, from any source: env:NAME, file:PATH, cmd:"COMMAND"
   * @param secretIds The Dockerfile's id for each of the secrets, in the same order; default their own names
   * @param ssh The socket of an SSH agent, for RUN --mount=type=ssh
   * @param labels Labels as NAME=value; they win over those from the commit
   * @param annotations Annotations of index and manifests as NAME=value; they win over those from the commit
   * @param keepGitDir Leave .git in the build context; default false, as when Docker builds a git URL
   * @param reproducible Set all times to the commit's; default true
   */
  @func()
  async buildMultiArch(
    source: Directory,
    platforms: string[] = ["linux/amd64", "linux/arm64"],
    dockerfile: string = "Dockerfile",
    context: string = ".",
    target?: string,
    buildArgs: string[] = [],
    secrets: Secret[] = [],
    secretIds: string[] = [],
    ssh?: Socket,
    labels: string[] = [],
    annotations: string[] = [],
    keepGitDir: boolean = false,
    reproducible: boolean = true,
  ): Promise<Directory> {
    const request = { platforms, dockerfile, context, target, buildArgs, secretIds, labels, annotations }
    const images = { nodeImage: this.nodeImage, gitImage: this.kustomizeImage }
    const options = { ...request, ...images, secrets, ssh, keepGitDir, reproducible }
    return (await buildImage(source, options)).layout
  }

  // --- scan ---

  // --- publish ---

  // --- sign ---

  // --- gitops ---

  // --- ship ---
}
