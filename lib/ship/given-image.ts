import type { Directory, File } from "@dagger.io/dagger"
import { parseJson } from "../config/file.ts"
import type { Revision } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import type { LayoutContent } from "../oci/layout.ts"
import { pullSize } from "../oci/manifest.ts"
import { Provenance, statedSource } from "../sign/provenance.ts"

/** An image from another job, with that job's provenance. Nothing of its source runs here. */
export type GivenImage = {
  layout: Directory
  provenance: File
  /** The commit of the image, for a caller without a checkout. */
  commit?: string
}

/** Requires both: an image without provenance would be signed with an unknown origin. */
export function pairGivenImage(layout?: Directory, provenance?: File, commit?: string): GivenImage | undefined {
  if (layout && provenance)
    return { layout, provenance, ...(commit !== undefined && { commit: requireCommit(commit) }) }
  if (!layout && !provenance && commit === undefined) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--layout and --provenance together, or neither of them",
    got: [layout && "--layout", provenance && "--provenance", commit !== undefined && "--provenance-commit"]
      .filter(Boolean)
      .join(" and ")
      .concat(" alone"),
    fix: "Call image in the build job, export its files, and pass layout/ and provenance.json from them.",
  })
}

/** Only a full hash names one commit. */
function requireCommit(commit: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a full git commit as --provenance-commit",
    got: quote(commit),
    fix: "Pass all 40 (or 64) hex digits.",
  })
}

const FIX = "Pass the provenance.json that image returned with this layout, for the commit that is checked out."

/** The commits to compare with the provenance's: the checkout's, and the one that the caller names. */
type SourceCommit = { revision?: Revision | undefined; commit?: string | undefined }

/** Another job's provenance, only if it is about this image and this commit. */
export function parseGivenProvenance(text: string, image: LayoutContent, source: SourceCommit = {}): Provenance {
  const provenance = parseProvenance(text)
  const [stated, actual] = [builtPlatforms(provenance), image.manifests.map(platformText)].map((all) =>
    all.sort().join(", "),
  )
  if (stated !== actual || !actual)
    throw invalidProvenance(`a provenance of ${actual || "an image"}`, `one of ${stated || "no platform"}`)
  requireProvenanceCommit(statedSource(provenance).commit, source)
  return provenance
}

/** Without a commit to compare with, an image of any commit would be signed as one of this source. */
function requireProvenanceCommit(stated: string | undefined, { revision, commit }: SourceCommit): void {
  const expected = [revision?.commit, commit].filter((one) => one !== undefined)
  if (expected.length === 0) throw notComparable()
  const other = expected.find((one) => one !== stated)
  if (other)
    throw invalidProvenance(`an image of the commit ${other}`, stated ? `one of ${stated}` : "one of no commit")
}

function notComparable(): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", {
    expected: "a commit to compare with the provenance",
    got: "a source without .git",
    fix: "Pass the source with its .git, or the commit as --provenance-commit with literal --tags.",
  })
}

/** Whether the build's checkout had uncommitted changes; unknown counts as dirty. */
export function isDirty(provenance: Provenance): boolean {
  return statedSource(provenance).dirty
}

function parseProvenance(text: string): Provenance {
  const parsed = Provenance.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw invalidProvenance("SLSA v1 provenance, as JSON", `${JSON.stringify(text.slice(0, 60))}…`)
}

function builtPlatforms({ runDetails }: Provenance): string[] {
  return (runDetails.byproducts ?? []).flatMap(({ name, digest }) =>
    name && digest?.["sha256"] ? [platformText({ platform: name, digest: `sha256:${digest["sha256"]}` })] : [],
  )
}

function platformText({ platform, digest }: { platform: string; digest: string }): string {
  return `${platform} ${digest}`
}

function invalidProvenance(expected: string, got: string): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", { expected, got, fix: FIX })
}

/** The bytes that a node pulls for each platform's image, by the manifest's digest. */
export function pullSizes({ manifests }: LayoutContent): Map<string, number> {
  return new Map(manifests.map(({ digest, manifest }) => [digest, pullSize(manifest)]))
}
