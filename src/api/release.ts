import type { Directory, File } from "@dagger.io/dagger"

/**
 * What a run came to, also when a stage failed. A field costs no further call.
 *
 * A text is empty where the run did not come so far, or where several services have one each: the record has them all.
 */
export type Release = {
  /** Whether every stage passed */
  ok: boolean
  /** The published image as host/repository@sha256:… */
  ref: string
  /** Digest of its image index */
  digest: string
  /** Its repository, as host/path */
  repository: string
  /** Commit of the GitOps repository that names the image, as wait-for-sync takes it; the proposed one of a pull request */
  commit: string
  /** Tags that lead to the image */
  tags: string[]
  /** What ship prints */
  text: string
  /** The record, release.json; its schema is lib/ship/release.schema.json */
  record: File
  /** All reports: release.json, release.txt, summary.md, release.html, tests/ and scan/ */
  reports: Directory
  /** The caches for the next run, for --cache; those that were passed if this run wrote none, and empty without any */
  cache: Directory
  /** Both as one directory, with reports/ and cache/ */
  files: Directory
}
