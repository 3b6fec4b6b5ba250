import type { Directory, File } from "@dagger.io/dagger"

/** One build of an image for several platforms, and how it was made. A field costs no further call. */
export type Image = {
  /** The image, an OCI image layout with one image index */
  layout: Directory
  /** Digest of its image index */
  digest: string
  /** Its platforms, as os/architecture[/variant] */
  platforms: string[]
  /** How it was built: the predicate of SLSA provenance v1, as JSON */
  provenance: File
  /** What its Dockerfile should do differently, a sentence each */
  warnings: string[]
  /** The caches for the next call, for --cache; those that were passed if this call wrote none, and empty without any */
  cache: Directory
  /** layout/ and provenance.json in one directory, to hand over to a job that signs; with --cache, cache/ too */
  files: Directory
}
