import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import type { LayoutContent } from "../oci/layout.ts"
import { Provenance } from "../sign/provenance.ts"

const FIX = "Pass what build-provenance answered beside this very image, for the commit that is checked out."

/** What another job says of how it built an image, if it is about this image and this commit. */
export function parseGivenProvenance(text: string, image: LayoutContent, revision?: Revision): Provenance {
  const provenance = read(text)
  const [said, held] = [builtPlatforms(provenance), image.manifests.map(named)].map((all) => all.sort().join(", "))
  if (said !== held) throw refused(`a provenance of ${held}`, `one of ${said || "no platform"}`)
  const commit = sourceOf(provenance)?.digest?.["gitCommit"]
  if (revision && commit !== revision.commit) {
    throw refused(`an image of the commit ${revision.commit}`, commit ? `one of ${commit}` : "one of no commit")
  }
  return provenance
}

/** Whether the build's own checkout had changes that are in no commit; unknown counts as that. */
export function isDirty(provenance: Provenance): boolean {
  return sourceOf(provenance)?.annotations?.["dirty"] !== false
}

function read(text: string): Provenance {
  try {
    return Provenance.parse(JSON.parse(text))
  } catch {
    throw refused("SLSA v1 provenance, as JSON", `${JSON.stringify(text.slice(0, 60))}…`)
  }
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
