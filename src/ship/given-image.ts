import type { Directory, File } from "@dagger.io/dagger"
import type { Revision } from "../config/revision.ts"
import { SlipwayError } from "../error.ts"
import { readLayout } from "../oci/layout.ts"
import type { Built } from "./context.ts"
import { isDirty, parseGivenProvenance } from "./given-provenance.ts"
import { pullSizes } from "./pull-sizes.ts"

/** An image that another job built, and what that job says of how. Nothing of its source runs here. */
export type GivenImage = { layout: Directory; provenance: File }

/** The two belong together: an image of which nobody says how it was built would be signed as if somebody did. */
export function pairGiven(layout?: Directory, provenance?: File): GivenImage | undefined {
  if (layout && provenance) return { layout, provenance }
  if (!layout && !provenance) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--image and --provenance together, or neither of them",
    got: layout ? "--image alone" : "--provenance alone",
    fix: "Have the job that builds call build-multi-arch and build-provenance, and pass what both answered.",
  })
}

/** The image as if it had been built here, with the other job's word for how. */
export async function readGivenImage(
  { layout, provenance }: GivenImage,
  known: Promise<Revision | undefined>,
): Promise<Built> {
  const [content, read, text] = await Promise.all([readLayout(layout), known, provenance.contents()])
  const said = parseGivenProvenance(text, content, read)
  const revision = read && { ...read, dirty: read.dirty || isDirty(said) }
  const sizes = pullSizes(content)
  return { layout, content, sizes, warnings: [], bases: [], provenance: said, ...(revision && { revision }) }
}
