import type { Directory, File } from "@dagger.io/dagger"
import { parseJson } from "../config/file.ts"
import type { Revision } from "../config/revision.ts"
import { quote, SlipwayError } from "../error.ts"
import type { LayoutContent } from "../oci/layout.ts"
import { pullSize } from "../oci/manifest.ts"
import { Provenance } from "../sign/provenance.ts"

/** An image that another job built, and what that job says of how. Nothing of its source runs here. */
export type GivenImage = {
  layout: Directory
  provenance: File
  /** The commit that the caller says it is of, where no checkout says it. */
  commit?: string
}

/** The two belong together: an image of which nobody says how it was built would be signed as if somebody did. */
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

/** A whole one: a short one is the beginning of many. */
function requireCommit(commit: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) return commit
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a full git commit as --provenance-commit",
    got: quote(commit),
    fix: "Pass all 40 (or 64) hex digits.",
  })
}

const FIX = "Pass the provenance.json that image returned with this layout, for the commit that is checked out."

/** What the provenance's commit is compared with: that of the checkout, and the one that the caller names. */
type SourceCommit = { revision?: Revision | undefined; commit?: string | undefined }

/** What another job says of how it built an image, if it is about this image and this commit. */
export function parseGivenProvenance(text: string, image: LayoutContent, source: SourceCommit = {}): Provenance {
  const provenance = parseProvenance(text)
  const [said, held] = [builtPlatforms(provenance), image.manifests.map(platformText)].map((all) =>
    all.sort().join(", "),
  )
  if (said !== held || !held)
    throw invalidProvenance(`a provenance of ${held || "an image"}`, `one of ${said || "no platform"}`)
  requireProvenanceCommit(sourceOf(provenance)?.digest?.["gitCommit"], source)
  return provenance
}

/** Without anything to compare with, an image of any commit would be signed as one of this source. */
function requireProvenanceCommit(said: string | undefined, { revision, commit }: SourceCommit): void {
  const wanted = [revision?.commit, commit].filter((one) => one !== undefined)
  if (wanted.length === 0) throw notComparable()
  const other = wanted.find((one) => one !== said)
  if (other) throw invalidProvenance(`an image of the commit ${other}`, said ? `one of ${said}` : "one of no commit")
}

function notComparable(): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", {
    expected: "a commit to compare with the provenance",
    got: "a source without .git",
    fix: "Pass the source with its .git, or the commit as --provenance-commit with literal --tags.",
  })
}

/** Whether the build's own checkout had changes that are in no commit; unknown counts as that. */
export function isDirty(provenance: Provenance): boolean {
  return sourceOf(provenance)?.annotations?.["dirty"] !== false
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

function sourceOf({ buildDefinition }: Provenance) {
  return buildDefinition.resolvedDependencies?.find(({ digest }) => digest?.["gitCommit"])
}

function invalidProvenance(expected: string, got: string): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", { expected, got, fix: FIX })
}

/** What a node pulls of each platform's image, in bytes, by the manifest's digest. */
export function pullSizes({ manifests }: LayoutContent): Map<string, number> {
  return new Map(manifests.map(({ digest, manifest }) => [digest, pullSize(manifest)]))
}
