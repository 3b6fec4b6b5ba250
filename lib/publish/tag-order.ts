import { compareVersions, parseVersion, type Revision } from "../config/revision.ts"
import { OCI_ANNOTATION } from "../oci/manifest.ts"

/** What an image says of the source that it was built from. `order` is the commit's time, in seconds since 1970. */
export type ImageSource = { repository?: string; revision?: string; order?: number; version?: string }

/** Reads it from annotations or labels: https://github.com/opencontainers/image-spec/blob/main/annotations.md */
export function imageSource(labels: Record<string, string> = {}): ImageSource {
  const [repository, revision, created, version] = ["source", "revision", "created", "version"].map(
    (name) => labels[`${OCI_ANNOTATION}.${name}`],
  )
  const time = Date.parse(created ?? "")
  return {
    ...(repository && { repository }),
    ...(revision && { revision }),
    ...(revision && time > 0 && { order: Math.floor(time / 1000) }),
    ...(version && { version }),
  }
}

/** The same of an image that is about to be made. */
export function revisionSource(revision?: Revision): ImageSource {
  if (!revision) return {}
  const version = revision.dirty ? undefined : parseVersion(revision.tags)?.text
  return {
    ...(revision.url && { repository: revision.url }),
    revision: revision.commit,
    order: revision.time,
    ...(version && { version }),
  }
}

export type Standing = "older" | "newer" | "unknown"

/**
 * What the image at a floating tag is to one that wants it. A newer one keeps it, as it does in a GitOps branch: the last
 * run to end need not be that of the last commit. Of equal ones the last writer has it. Unknown where one of them names no
 * commit, or they come from different repositories, whose times say nothing of each other.
 */
export function standingOf(theirs: ImageSource, ours: ImageSource, byVersion = false): Standing {
  if (isForeign(theirs, ours)) return "unknown"
  const versions = byVersion ? compareVersions(theirs.version, ours.version) : undefined
  if (versions) return versions > 0 ? "newer" : "older"
  if (theirs.order === undefined || ours.order === undefined) return "unknown"
  return theirs.order > ours.order ? "newer" : "older"
}

/** Whether two images are said to come from different repositories. */
export function isForeign(theirs: ImageSource, ours: ImageSource): boolean {
  return Boolean(theirs.repository && ours.repository && theirs.repository !== ours.repository)
}

/** A newer image by what it is newer in: its version, or its commit. */
export function newerName({ revision, version }: ImageSource, byVersion = false): string {
  return (byVersion && version) || revision || "an unnamed commit"
}
