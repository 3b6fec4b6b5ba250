import { type ImageStart, startedRevision } from "./build-source.ts"
import type { Context, ReleasedImage } from "./context.ts"
import { releaseTags } from "./release-tags.ts"
import { releaseRevision } from "./revision.ts"

/** What a release is of and how it is called: known, or refused, before anything of the source runs. */
export async function plannedTags(
  image: ImageStart,
  { options, facts }: Pick<Context, "options" | "facts">,
): Promise<Pick<ReleasedImage, "revision" | "tags">> {
  const { ci, defaultBranch } = options
  const revision = releaseRevision(await startedRevision(image), options)
  const { tags, unearned } = releaseTags(options.tags, { revision, ci, defaultBranch, mode: facts.mode })
  facts.unearned = unearned
  return { tags, ...(revision && { revision }) }
}
