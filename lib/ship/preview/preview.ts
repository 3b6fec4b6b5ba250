import type { Revision } from "../../config/revision.ts"
import { SlipwayError } from "../../error.ts"
import { findComment, readRequest, writeComment } from "../../gitops/forge/request-comment.ts"
import type { Context } from "../context.ts"
import type { TaggedImage } from "../image.ts"
import { recordOf } from "../record/release-record.ts"
import { bumpImage } from "../release-steps.ts"
import { commentMarker, renderComment } from "./comment.ts"
import type { PreviewOptions } from "./options.ts"

/**
 * Checks before anything is pushed that the forge knows an open request of the own repository with this commit at its head,
 * whatever the CI job's variables say, and that the token may read its comments.
 */
export async function openPreview(
  preview: PreviewOptions,
  { repository, revision }: { repository: string; revision?: Revision },
): Promise<void> {
  const { number, commit, access } = preview
  if (revision?.commit !== commit || revision.dirty) throw otherCommit(preview, revision)
  const own = { number, marker: commentMarker(repository) }
  const [state] = await Promise.all([readRequest(number, access), findComment(own, access)])
  if (!state.own) throw refused(preview, `a ${access.forge.noun} from a fork, which is never shipped`)
  const stale = staleReason(preview, state)
  if (stale) throw refused(preview, stale)
}

function staleReason(
  { number, commit, access }: PreviewOptions,
  state: { open: boolean; commit: string },
): string | undefined {
  if (!state.open) return `the ${access.forge.noun} ${number} is closed`
  return state.commit === commit ? undefined : `the ${access.forge.noun} ${number} is at ${state.commit} by now`
}

/**
 * Why the overlay must not be bumped any more. A build takes minutes: a closed request must not get its overlay back, and an
 * older commit must not replace a newer one. The order of commits does not tell, because a branch can be pushed by force.
 */
export async function supersededBy(preview: PreviewOptions): Promise<string | undefined> {
  return staleReason(preview, await readRequest(preview.number, preview.access))
}

function otherCommit({ commit }: PreviewOptions, revision?: Revision): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `the source to be the request's head, ${commit}, without changes`,
    got: revision ? `${revision.commit}${revision.dirty ? " with uncommitted changes" : ""}` : "a source without .git",
    fix: "Check out the head, as in examples/ci: a forge checks out a merge commit by default, which the tag of a preview cannot name.",
  })
}

function refused({ number, access }: PreviewOptions, got: string): SlipwayError {
  return new SlipwayError("PREVIEW_REFUSED", {
    expected: `the ${access.forge.noun} ${number} of ${access.place.repository} to be open, from the repository itself and at this commit`,
    got,
    fix: "Nothing was pushed. The job of the request's newest commit ships it; one of a fork is rehearsed.",
  })
}

/**
 * Bumps the preview's overlay, if it has one, and writes the outcome on the request. The run of a commit that is not the head
 * any more leaves both to that of the newer one.
 */
export async function deployPreview(preview: PreviewOptions, { ref, revision, step }: TaggedImage): Promise<void> {
  const { facts } = step
  facts.preview = previewFacts(preview)
  const superseded = await step.measure("gitops", async () => {
    const reason = await supersededBy(preview)
    if (reason === undefined && step.place.bump) await bumpImage(ref, revision, step)
    return reason
  })
  if (superseded !== undefined) facts.preview = { ...previewFacts(preview), superseded }
  else await step.measure("comment", () => commentPreview(preview, step))
}

async function commentPreview(preview: PreviewOptions, context: Context, failure?: { error: unknown }): Promise<void> {
  const { number, access } = preview
  const { facts } = context
  const marker = commentMarker(facts.repository)
  const text = renderComment(recordOf(context, failure), preview)
  const { how, url } = await writeComment({ number, marker }, text, access)
  facts.preview = { ...previewFacts(preview), comment: { status: how, ...(url && { url }) } }
}

/**
 * Writes on the request why its commit has no preview. The failure of the run is what counts, so one of this comment is only
 * noted. A request that was refused gets no comment.
 */
export async function noteFailure(context: Context, error: unknown): Promise<void> {
  const { preview } = context.options
  if (!preview || !hasOpened(context)) return
  try {
    if ((await supersededBy(preview)) === undefined) await commentPreview(preview, context, { error })
  } catch (failure) {
    if (!(failure instanceof SlipwayError)) throw failure
    context.facts.preview = { ...previewFacts(preview), comment: { status: "failed", message: failure.message } }
  }
}

function hasOpened({ stages }: Context): boolean {
  return stages.some(({ name, status }) => name === "open" && status === "done")
}

/** The facts of a preview for the record. */
function previewFacts({ number, tag, url }: PreviewOptions) {
  return { status: "shipped" as const, number, tag, ...(url && { url }) }
}
