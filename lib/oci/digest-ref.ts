import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"
import { Digest } from "./digest.ts"
import { DIGEST, HOST, PATH, TAG } from "./reference-grammar.ts"
import { parseRepository, type Repository } from "./repository.ts"

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
const SHAPE = new RegExp(`^(${HOST}/${PATH})(?::${TAG})?@(${DIGEST})$`)

/** An image named by its content. A tag beside the digest is dropped: it can move, the digest cannot. */
export const DigestRef = z
  .string()
  .regex(SHAPE)
  .transform((text) => text.replace(SHAPE, "$1@$2"))
  .brand<"DigestRef">()
export type DigestRef = z.infer<typeof DigestRef>

/** The one way to a DigestRef, so whatever takes one can never be handed a tag. */
export function parseDigestRef(text: string): DigestRef {
  const parsed = DigestRef.safeParse(text)
  if (parsed.success) return parsed.data
  throw new SlipwayError("REFERENCE_INVALID", {
    expected: "host/repository@sha256:<64 hex digits>",
    got: quote(text),
    fix: "Pass the reference that publish returned; a tag alone can move between two steps.",
  })
}

/** Names the content within a repository. */
export function digestRef(repository: Repository, digest: Digest): DigestRef {
  return `${repository.name}@${digest}` as DigestRef
}

/** The two parts of a reference. */
export function splitDigestRef(ref: DigestRef): { repository: Repository; digest: Digest } {
  const at = ref.indexOf("@")
  return { repository: parseRepository(ref.slice(0, at)), digest: Digest.parse(ref.slice(at + 1)) }
}
