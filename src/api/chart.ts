/** A Helm chart in its registry, released with an image. */
export type Chart = {
  /** Its name */
  name: string
  /** Its version, which is its tag too */
  version: string
  /** The chart by digest, as repository@sha256:<digest> */
  ref: string
  /** Digest of its manifest */
  digest: string
  /** Its repository, with its name */
  repository: string
  /** The image in its values, by digest */
  image: string
  /** Version, reference and what was verified, a line each */
  text: string
}
