import { createHash } from "node:crypto"
import { z } from "zod"
import { DIGEST } from "./reference-grammar.ts"

/** The only algorithm that every registry and tool of the chain accepts. */
export const Digest = z
  .string()
  .regex(new RegExp(`^${DIGEST}$`))
  .brand<"Digest">()
export type Digest = z.infer<typeof Digest>

/** The digest under which a registry stores these bytes. */
export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}` as Digest
}

/** All digests that stand in a text, such as that of an image reference. */
export function digestsIn(text: string): Digest[] {
  return [...text.matchAll(new RegExp(DIGEST, "g"))].map(([digest]) => digest as Digest)
}

/** Where a layout keeps the content: https://github.com/opencontainers/image-spec/blob/main/image-layout.md#blobs */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`
}
