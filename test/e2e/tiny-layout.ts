import { type Directory, dag } from "@dagger.io/dagger"
import { layoutWithIndex } from "../../lib/oci/layout.ts"
import { blobPath, digestOf } from "../../lib/oci/reference.ts"
import type { TinyImage } from "./sign-tiny-image.ts"

/** A tiny image as the result of a build, for publish; call it within a session. */
export function tinyLayout({ index, platforms }: TinyImage): Directory {
  const blobs = platforms.flatMap(({ manifest, config }) => [manifest, config])
  const folder = blobs.reduce((all, text) => all.withNewFile(blobPath(digestOf(text)), text), dag.directory())
  return layoutWithIndex(folder, index)
}
