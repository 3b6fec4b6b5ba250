import { parseJson } from "../config/file.ts"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import type { LayoutContent } from "../oci/layout.ts"
import { Provenance } from "../sign/provenance.ts"

const FIX =
  "Pass the provenance.json that the function image returned with this very layout, for the commit that is checked out."

/** What the provenance's commit is compared with: that of the checkout, and the one that the caller names. */
type SourceCommit = { revision?: Revision | undefined; commit?: string | undefined }

/** What another job says of how it built an image, if it is about this image and this commit. */
export function parseGivenProvenance(text: string, image: LayoutContent, source: SourceCommit = {}): Provenance {
  const provenance = read(text)
  const [said, held] = [builtPlatforms(provenance), image.manifests.map(named)].map((all) => all.sort().join(", "))
  if (said !== held || !held) throw refused(`a provenance of ${held || "an image"}`, `one of ${said || "no platform"}`)
  requireCommit(sourceOf(provenance)?.digest?.["gitCommit"], source)
  return provenance
}

/** Without anything to compare with, an image of any commit would be signed as one of this source. */
function requireCommit(said: string | undefined, { revision, commit }: SourceCommit): void {
  const wanted = [revision?.commit, commit].filter((one) => one !== undefined)
  if (wanted.length === 0) throw notComparable()
  const other = wanted.find((one) => one !== said)
  if (other) throw refused(`an image of the commit ${other}`, said ? `one of ${said}` : "one of no commit")
}

function notComparable(): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", {
    expected: "a commit to compare the provenance's with",
    got: "a source without .git",
    fix: "Pass the source with its .git, or say which commit it must be by --provenance-commit, beside literal --tags.",
  })
}

/** Whether the build's own checkout had changes that are in no commit; unknown counts as that. */
export function isDirty(provenance: Provenance): boolean {
  return sourceOf(provenance)?.annotations?.["dirty"] !== false
}

function read(text: string): Provenance {
  const parsed = Provenance.safeParse(parseJson(text))
  if (parsed.success) return parsed.data
  throw refused("SLSA v1 provenance, as JSON", `${JSON.stringify(text.slice(0, 60))}…`)
}

function builtPlatforms({ runDetails }: Provenance): string[] {
  return (runDetails.byproducts ?? []).flatMap(({ name, digest }) =>
    name && digest?.["sha256"] ? [named({ platform: name, digest: `sha256:${digest["sha256"]}` })] : [],
  )
}

function named({ platform, digest }: { platform: string; digest: string }): string {
  return `${platform} ${digest}`
}

function sourceOf({ buildDefinition }: Provenance) {
  return buildDefinition.resolvedDependencies?.find(({ digest }) => digest?.["gitCommit"])
}

function refused(expected: string, got: string): SlipwayError {
  return new SlipwayError("PROVENANCE_INVALID", { expected, got, fix: FIX })
}
