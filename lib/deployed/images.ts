import { dag } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { groupBy } from "../config/group.ts"
import { type Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import {
  askCrane,
  type CraneOptions,
  craneFiles,
  craneFor,
  digestArgs,
  isAbsent,
  LAYOUT_PATH,
  pullArgs,
  registryFailure,
} from "../oci/crane.ts"
import { type LayoutImage, layoutWithIndex, openLayout } from "../oci/layout.ts"
import { CHART_CONFIG, type Descriptor, parseImageIndex, readEntries, renderImageIndex } from "../oci/manifest.ts"
import { platformText } from "../oci/platform.ts"
import {
  Digest,
  type DigestRef,
  digestRef,
  parseRepository,
  type Repository,
  splitDigestRef,
} from "../oci/reference.ts"
import { NONROOT, type RegistryAccess } from "../oci/registry-access.ts"
import { readImage } from "../sign/image.ts"
import type { Environment, NamedImage } from "./inventory.ts"

/** The tools for registries; access differs from host to host. */
export type RegistryTools = {
  access: (repository: Repository) => Promise<RegistryAccess>
  craneImage: string
  cosignImage: string
  run: Run
}

/** One digest that is deployed, under all of its names. */
export type DeployedImage = {
  refs: [DigestRef, ...DigestRef[]]
  /** The tags that were resolved, because a file names no digest. */
  tags: string[]
  environments: Environment[]
}

/** An image whose tag could not be resolved. */
export type UnresolvedImage = { name: string; environments: Environment[]; failure: string }

/** An image as a name with its digest. */
export type ResolvedImage = { ref: DigestRef; tag?: string; environments: Environment[] }

/** Each digest once: the same one in several environments or repositories is the same image. */
export function deployedImages(resolved: ResolvedImage[]): DeployedImage[] {
  return groupBy(resolved, ({ ref }) => splitDigestRef(ref).digest).map((group) => {
    const [{ ref }, ...others] = group
    return {
      refs: [ref, ...new Set(others.map((other) => other.ref).filter((other) => other !== ref))],
      tags: [...new Set(group.flatMap(({ tag }) => tag ?? []))],
      environments: group.flatMap(({ environments }) => environments),
    }
  })
}

/** The digest of an image; a tag that stands alone is resolved now, and the cluster may run another digest. */
export async function resolveImage(
  { name, tag, digest, environments }: NamedImage,
  tools: RegistryTools,
): Promise<ResolvedImage> {
  const repository = parseRepository(name)
  if (digest) return { ref: digestRef(repository, digest), environments }
  const wanted = `${repository.name}:${tag ?? "latest"}`
  const options = await craneOptions(repository, tools)
  const { exitCode, stdout, stderr } = await askCrane(craneFor(repository, options), digestArgs(wanted, options.access))
  const found = Digest.safeParse(stdout.trim())
  if (exitCode === 0 && found.success) return { ref: digestRef(repository, found.data), tag: wanted, environments }
  if (exitCode !== 0 && isAbsent({ stderr })) throw noImage(wanted)
  throw registryFailure(`resolve the tag ${wanted}`, { stderr, repository, ...READ })
}

const READ = { right: "read access to the repository", unchanged: "The image was not scanned." }

async function craneOptions(repository: Repository, { access, craneImage, run }: RegistryTools): Promise<CraneOptions> {
  return { access: await access(repository), craneImage, run }
}

/** An image for a scan, and the platforms that no scanner reads. */
export type PulledImage = { image: LayoutImage; unscanned: string[] }

/** Pulls every Linux platform by its digest; nothing of a Helm chart, which is no image. The index is verified; crane verifies what it pulls by it. */
export async function pullImage(ref: DigestRef, tools: RegistryTools): Promise<PulledImage | "chart"> {
  const { repository } = splitDigestRef(ref)
  const options = await craneOptions(repository, tools)
  const text = await readImage(ref, options)
  if (isChart(text)) return "chart"
  const { entries, unscanned } = readPlatforms(text, ref)
  const pulled = entries.length > 0 ? entries.map(({ digest }) => digestRef(repository, digest)) : [ref]
  const crane = craneFor(repository, options).withDirectory(LAYOUT_PATH, dag.directory(), { owner: NONROOT })
  const { result, files } = await craneFiles(crane, { args: pullArgs(pulled, options.access), path: LAYOUT_PATH })
  if (result.exitCode !== 0) throw registryFailure(`pull ${ref}`, { stderr: result.stderr, repository, ...READ })
  const layout = entries.length > 0 ? layoutWithIndex(files, renderImageIndex(entries)) : files
  return { image: await openLayout(layout), unscanned }
}

const ChartManifest = z.object({ config: z.object({ mediaType: z.literal(CHART_CONFIG) }) })

/** Whether a manifest is that of a Helm chart; anything else that is no image is an error of the scan. */
export function isChart(text: string): boolean {
  return ChartManifest.safeParse(parseJson(text)).success
}

/** The images of an index, also of Docker's; none for the manifest of one platform. */
export function readPlatforms(text: string, ref: DigestRef): { entries: Descriptor[]; unscanned: string[] } {
  if (!isIndex(parseJson(text))) return { entries: [], unscanned: [] }
  const { images, faults } = readEntries(parseImageIndex(text, ref))
  if (faults.length > 0) throw unreadable(ref, faults)
  const isLinux = ({ platform }: Descriptor) => (platform?.os ?? "linux") === "linux"
  const entries = images.filter(isLinux)
  if (entries.length === 0) throw unreadable(ref, ["no image for Linux"])
  const others = images.filter((entry) => !isLinux(entry))
  return {
    entries,
    unscanned: [...new Set(others.flatMap(({ platform }) => (platform ? platformText(platform) : [])))],
  }
}

function isIndex(value: unknown): boolean {
  return typeof value === "object" && value !== null && "manifests" in value
}

function unreadable(ref: DigestRef, faults: string[]): SlipwayError {
  return new SlipwayError("LAYOUT_INVALID", {
    expected: `an image index at ${ref} that can be scanned`,
    got: faults.slice(0, 5).join("; "),
    fix: "Build the image again with an image for each platform.",
  })
}

function noImage(ref: string): SlipwayError {
  return new SlipwayError("IMAGE_NOT_FOUND", {
    expected: `the image ${ref} in its registry`,
    got: "no such tag or repository",
    fix: "Correct the file that names it, or scan only the paths of what is deployed.",
  })
}
