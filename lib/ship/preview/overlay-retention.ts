import type { Secret } from "@dagger.io/dagger"
import type { Settings } from "../../config/settings.ts"
import type { Run } from "../../engine/tool.ts"
import { bumpContext, type GitAccessInput } from "../../gitops/bump-gitops.ts"
import { parseAuthor, renderTrailers } from "../../gitops/commit-message.ts"
import type { RequestAccess } from "../../gitops/forge/request-comment.ts"
import { parseGitBranch } from "../../gitops/git/remote.ts"
import { DEFAULT_AUTHOR, DEFAULT_EMAIL, DEFAULT_TIMEOUT } from "../../gitops/options.ts"
import { listOverlays, removeFolders } from "../../gitops/removal.ts"
import { parseRepositoryPath } from "../../gitops/request.ts"
import { closedOverlays, type RequestOverlay, readRequests, requestOverlays } from "../../retention/previews.ts"
import { sourceForge } from "./options.ts"

/** The forge that knows which requests are closed, and where their overlays are. */
export type PreviewRetention = { access: RequestAccess; overlays?: OverlayPlace }

type OverlayPlace = Pick<NonNullable<Settings["gitops"]>, "authorName" | "authorEmail" | "signOff" | "timeout"> & {
  git: GitAccessInput
  branch: string
  template: string
}

type RetentionAccess = { token?: Secret; git: Omit<GitAccessInput, "repo">; sourceUrl?: string }

/** Undefined without previews or without a token: then the rules decide about the tags of previews as about any other. */
export function previewRetention(
  { preview, gitops }: Pick<Settings, "preview" | "gitops">,
  { token, git, sourceUrl }: RetentionAccess,
): PreviewRetention | undefined {
  if (!preview || !token) return undefined
  const settings = preview === true ? {} : preview
  const repository = sourceUrl && { repository: sourceUrl }
  const access = sourceForge(settings, { ...repository, token, authority: git.gitCaCertificate })
  const own = settings.gitops || undefined
  const repo = own?.repo ?? gitops?.repo
  if (!own || !repo) return { access }
  const { authorName, authorEmail, signOff, timeout } = gitops ?? {}
  const commit = { authorName, authorEmail, signOff, timeout }
  const branch = own.branch ?? gitops?.branch ?? "main"
  return { access, overlays: { ...commit, git: { repo, ...git }, branch, template: own.path } }
}

/** The overlays of closed requests, and the commit that removed them. */
export type RemovedOverlays = { overlays: RequestOverlay[]; commit?: string }

/** Removes the overlays of closed requests, or finds them without `confirm`. */
export async function removeClosedOverlays(
  { access, overlays: place }: PreviewRetention,
  { confirm, image, run }: { confirm: boolean; image: string; run: Run },
): Promise<RemovedOverlays> {
  if (!place) return { overlays: [] }
  const { git, template, timeout = DEFAULT_TIMEOUT } = place
  const branch = parseGitBranch(place.branch)
  const context = await bumpContext({ access: git, image, run })
  const found = requestOverlays(template, await listOverlays({ branch, timeout }, context))
  const requests = await readRequests(
    found.map(({ number }) => number),
    access,
  )
  const closed = closedOverlays(found, requests)
  if (!confirm || closed.length === 0) return { overlays: closed }
  const author = parseAuthor({
    name: place.authorName ?? DEFAULT_AUTHOR,
    email: place.authorEmail ?? DEFAULT_EMAIL,
    signOff: place.signOff ?? false,
  })
  const paths = closed.map(({ path }) => parseRepositoryPath(path))
  const message = removalMessage(closed, author)
  const removed = await removeFolders({ branch, timeout, paths, message, author }, context)
  return removed.status === "removed" ? { overlays: closed, commit: removed.commit } : { overlays: [] }
}

/** The commit of a removal says that it is about previews, which are no deployments. */
export function removalMessage(
  closed: RequestOverlay[],
  { name, email, signOff }: { name: string; email: string; signOff: boolean },
): string {
  const numbers = closed.map(({ number }) => number).join(", ")
  const what = closed.length === 1 ? `the preview of request ${numbers}` : `the previews of requests ${numbers}`
  const signed = signOff ? `\nSigned-off-by: ${name} <${email}>` : ""
  return `Remove ${what}\n\n${renderTrailers({ kind: "preview", bumps: [], source: {} })}${signed}\n`
}

/** The overlays that a search for images in use leaves out: those that are to be removed from the searched branch. */
export function leftOut(
  { overlays: place }: PreviewRetention,
  { overlays }: RemovedOverlays,
  searched: { repo: string; branches: string[] },
): string[] {
  const isSearched = place?.git.repo === searched.repo && searched.branches.every((name) => name === place.branch)
  return isSearched ? overlays.map(({ path }) => path) : []
}
