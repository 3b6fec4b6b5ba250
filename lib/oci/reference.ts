import { createHash } from "node:crypto"
import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"

// https://github.com/distribution/reference/blob/main/reference.go: the parts of the grammar, for anchored patterns
const IPV6 = "\\[[0-9a-fA-F:.]+\\]"
const DOMAIN = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"

export const HOST = `(?:${IPV6}|${DOMAIN})(?::[0-9]{1,5})?`
export const NAME = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*"
export const PATH = `${NAME}(?:/${NAME})*`
export const TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
export const DIGEST = "sha256:[0-9a-f]{64}"

/** sha256 is the only algorithm that every registry and tool of the chain accepts. */
export const Digest = z
  .string()
  .regex(new RegExp(`^${DIGEST}$`))
  .brand<"Digest">()
export type Digest = z.infer<typeof Digest>

/** The digest under which a registry stores these bytes. */
export function digestOf(content: string | Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(content).digest("hex")}` as Digest
}

/** All digests in a text, such as an image reference. */
export function digestsIn(text: string): Digest[] {
  return [...text.matchAll(new RegExp(DIGEST, "g"))].map(([digest]) => digest as Digest)
}

/** The path of a blob in a layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md#blobs */
export function blobPath(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`
}

const REPOSITORY_SHAPE = new RegExp(`^(${HOST})/(${PATH})$`)

/** A repository in a registry. `host` may have a port; `name` is host and path. */
export type Repository = { host: string; path: string; name: string }

/**
 * Requires a host with a dot, a port or the name "localhost": some tools read "acme/app" as Docker Hub, others as the host
 * "acme".
 */
export function parseRepository(text: string): Repository {
  const [, host, path] = text.match(REPOSITORY_SHAPE) ?? []
  if (host && path && (/[.:[]/.test(host) || host === "localhost")) return { host, path, name: `${host}/${path}` }
  throw new SlipwayError("ADDRESS_INVALID", {
    expected: "host[:port]/repository without tag or digest, such as ghcr.io/acme/app",
    got: quote(text),
    fix: "Begin with the registry's host (docker.io for Docker Hub), use lower case, and pass tags separately.",
  })
}

// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
const DIGEST_REF_SHAPE = new RegExp(`^(${HOST}/${PATH})(?::${TAG})?@(${DIGEST})$`)

/** An image by digest. A tag before the digest is dropped, because it can move. */
export const DigestRef = z
  .string()
  .regex(DIGEST_REF_SHAPE)
  .transform((text) => text.replace(DIGEST_REF_SHAPE, "$1@$2"))
  .brand<"DigestRef">()
export type DigestRef = z.infer<typeof DigestRef>

/** The only way to a DigestRef, so that no function can get a tag instead. */
export function parseDigestRef(text: string): DigestRef {
  const parsed = DigestRef.safeParse(text)
  if (parsed.success) return parsed.data
  throw new SlipwayError("REFERENCE_INVALID", {
    expected: "host/repository@sha256:<64 hex digits>",
    got: quote(text),
    fix: "Pass the reference that publish returned; a tag can move between two steps.",
  })
}

/** The reference of a digest in a repository. */
export function digestRef(repository: Repository, digest: Digest): DigestRef {
  return `${repository.name}@${digest}` as DigestRef
}

/** The repository and the digest of a reference. */
export function splitDigestRef(ref: DigestRef): { repository: Repository; digest: Digest } {
  const at = ref.indexOf("@")
  return { repository: parseRepository(ref.slice(0, at)), digest: Digest.parse(ref.slice(at + 1)) }
}
