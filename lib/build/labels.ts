import { parseVersion, type Revision } from "../config/revision.ts"
import { OCI_ANNOTATION } from "../oci/manifest.ts"

/** https://github.com/opencontainers/image-spec/blob/main/annotations.md: where the image comes from, as its commit says. */
export function revisionLabels(revision: Revision | undefined, license: string | undefined): Record<string, string> {
  return {
    ...(revision && {
      [`${OCI_ANNOTATION}.created`]: timestamp(revision.time),
      [`${OCI_ANNOTATION}.revision`]: revision.dirty ? `${revision.commit}-dirty` : revision.commit,
      ...(revision.url && { [`${OCI_ANNOTATION}.source`]: revision.url }),
      ...versionLabel(revision),
    }),
    ...(license && { [`${OCI_ANNOTATION}.licenses`]: license }),
  }
}

/** RFC 3339 in whole seconds, which is all that a commit knows. */
export function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z")
}

/** A commit with several tags is the release of the highest; a changed tree is no release. */
function versionLabel({ tags, dirty }: Revision): Record<string, string> {
  const version = parseVersion(tags)?.text ?? looseVersion(tags)
  return version && !dirty ? { [`${OCI_ANNOTATION}.version`]: version } : {}
}

/** Dates and short numbers are versions to those who write them, without the order of semantic ones. */
function looseVersion(tags: string[]): string | undefined {
  const [version] = tags
    .filter((tag) => /^v?[0-9]/.test(tag))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
  return version?.replace(/^v(?=[0-9])/, "")
}
