import type { Container, Directory } from "@dagger.io/dagger"
import { isTimedOut } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import {
  askCrane,
  type CraneOptions,
  craneFor,
  digestArgs,
  LAYOUT_PATH,
  pushArgs,
  pushOneArgs,
  registryFailure,
} from "../oci/crane.ts"
import { type LayoutContent, pushableLayout } from "../oci/layout.ts"
import { verifyLayout } from "../oci/layout-verification.ts"
import { type Digest, type DigestRef, digestRef, type Repository, splitDigestRef } from "../oci/reference.ts"
import { NONROOT } from "../oci/registry-access.ts"

// The permission to push, in each registry's own terms.
const RIGHTS: { host: RegExp; right: string }[] = [
  { host: /^ghcr\.io$/, right: "packages: write in the job, and the repository among the package's Actions access" },
  {
    host: /^public\.ecr\.aws$/,
    right: "ecr-public:InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage",
  },
  {
    host: /\.amazonaws\.com(?:\.cn)?$/,
    right: "ecr:BatchCheckLayerAvailability, InitiateLayerUpload, UploadLayerPart, CompleteLayerUpload and PutImage",
  },
  { host: /\.pkg\.dev$/, right: "roles/artifactregistry.writer on the repository" },
  { host: /\.azurecr\.(?:io|cn|us)$/, right: "the role AcrPush" },
  { host: /(?:^|\.)docker\.io$/, right: "a token with the scope Read & Write" },
  { host: /^registry\.gitlab\./, right: "the role Developer in the project, or a deploy token with write_registry" },
]

/** The permission that a login needs to push to this repository. */
export function pushRight({ host }: Repository): string {
  return RIGHTS.find((known) => known.host.test(host))?.right ?? "the right to push to the repository"
}

type PushOptions = CraneOptions & { repository: Repository }

/** Pushes a layout from any builder, so it verifies the digest of each blob first. */
export async function pushLayout(
  layout: Directory,
  { nodeImage, ...options }: PushOptions & { nodeImage: string },
): Promise<DigestRef> {
  return await pushImage(await verifyLayout(layout, nodeImage), options)
}

/** Pushes an image by digest, and reads the digest back from the registry. */
export async function pushImage(
  { layout, content: { digest } }: { layout: Directory; content: Pick<LayoutContent, "digest"> },
  options: PushOptions,
): Promise<DigestRef> {
  const ref = digestRef(options.repository, digest)
  return await push(ref, { layout: pushableLayout(layout, digest), args: pushArgs(ref, options.access) }, options)
}

/** Pushes the one manifest of a layout by digest, such as a chart's, and reads the digest back. */
export async function pushManifest(
  { layout, digest }: { layout: Directory; digest: Digest },
  options: PushOptions,
): Promise<DigestRef> {
  const ref = digestRef(options.repository, digest)
  return await push(ref, { layout, args: pushOneArgs(ref, options.access) }, options)
}

async function push(
  ref: DigestRef,
  { layout, args }: { layout: Directory; args: string[] },
  { repository, ...options }: PushOptions,
): Promise<DigestRef> {
  const { access } = options
  const { digest } = splitDigestRef(ref)
  await requireResponse(ref, options)
  const tool = craneFor(repository, options).withMountedDirectory(LAYOUT_PATH, layout, { owner: NONROOT })
  await succeed(tool, { args, what: `push to ${repository.name}`, repository })
  const found = await succeed(tool, { args: digestArgs(ref, access), what: `read back ${ref}`, repository })
  if (found.trim() === digest) return ref
  throw new SlipwayError("REGISTRY_FAILED", {
    expected: `the registry to hold ${digest}`,
    got: found.trim(),
    fix: "Use a registry that stores manifests unchanged. Nothing was signed or tagged.",
  })
}

/** Any response to the first request shows that the registry is reachable, so it has a shorter limit than the push. */
const FIRST_RESPONSE_SECONDS = 60

async function requireResponse(ref: DigestRef, options: CraneOptions): Promise<void> {
  const { repository } = splitDigestRef(ref)
  const tool = await craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", "before").sync()
  const { stderr } = await askCrane(tool, digestArgs(ref, options.access), FIRST_RESPONSE_SECONDS)
  if (isTimedOut(stderr)) throw pushFailure(`push to ${repository.name}`, { stderr, repository })
}

const NOTHING_TAGGED = "Nothing was tagged."
type Call = { args: string[]; what: string; repository: Repository; unchanged?: string }

/** crane's output, or an error that names the operation. */
export async function succeed(tool: Container, { args, what, repository, unchanged }: Call): Promise<string> {
  const { exitCode, stdout, stderr } = await askCrane(tool, args)
  if (exitCode === 0) return stdout
  throw pushFailure(what, { stderr, repository, unchanged })
}

export function pushFailure(
  what: string,
  { unchanged = NOTHING_TAGGED, ...refusal }: { stderr: string; repository: Repository; unchanged?: string },
): SlipwayError {
  return registryFailure(what, { ...refusal, right: pushRight(refusal.repository), unchanged })
}
