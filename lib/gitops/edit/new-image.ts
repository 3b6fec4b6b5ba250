import { z } from "zod"
import { quote, SlipwayError } from "../../error.ts"
import { type DigestRef, splitDigestRef, TAG } from "../../oci/reference.ts"

/**
 * The new value of an image. `tag` is written for readers wherever a value can hold one; `spareTag` only into values that
 * have a separate tag or require one. `anyName` keeps every name, for a probe that only finds the digest.
 */
export type NewImage = { ref: DigestRef; tag?: string; spareTag?: string; anyName?: true }

/** The parts of an image reference that a separate value may hold. */
export const Part = z.enum(["ref", "digest", "hex", "tag", "pinned-tag", "repository", "registry", "path"])
export type Part = z.infer<typeof Part>

/**
 * The text of one part. `pinned-tag` is `tag@digest`, from which templates of repository:tag render a full reference.
 * Without a tag the result is undefined, because an old tag with a new digest would mislead.
 */
export function partText(image: NewImage, part: Part): string | undefined {
  const { repository, digest } = splitDigestRef(image.ref)
  const tag = fieldTag(image)
  switch (part) {
    case "ref":
      return `${repository.name}${image.tag ? `:${image.tag}` : ""}@${digest}`
    case "digest":
      return digest
    case "hex":
      return digest.replace("sha256:", "")
    case "tag":
      return tag
    case "pinned-tag":
      return tag && `${tag}@${digest}`
    case "repository":
      return repository.name
    case "registry":
      return repository.host
    case "path":
      return repository.path
  }
}

/** The tag for a value that holds a tag. */
export function fieldTag({ tag, spareTag }: NewImage): string | undefined {
  return tag ?? spareTag
}

/** Validates a caller's tag before an edit writes it. */
export function requireTag(tag: string): string {
  if (new RegExp(`^${TAG}$`).test(tag)) return tag
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of letters, digits, '_', '.' and '-', at most 128 long",
    got: quote(tag),
    fix: "Correct --tag, or omit it: the tag is only for readers.",
  })
}

/** Treats Docker Hub's short and full names as the same repository, so that an edit keeps either. */
export function isSameRepository(one: string, other: string): boolean {
  return canonical(one) === canonical(other)
}

function canonical(name: string): string {
  const [first = "", ...rest] = name.split("/")
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost")
  const path = hasHost ? rest.join("/") : name
  const host = hasHost ? first.replace(/^(index|registry-1)\.docker\.io$/, "docker.io") : "docker.io"
  return `${host}/${host === "docker.io" && !path.includes("/") ? `library/${path}` : path}`
}

/** Renders one value: its part of the reference, with its current scheme and spelling of the repository. */
export function valueText(current: string, { part, image }: { part: Part; image: NewImage }): string {
  const text = partText(image, part)
  if (text === undefined) throw noTag(current)
  if (part === "digest" && current.startsWith("@")) return `@${text}`
  if (part !== "ref" && part !== "repository") return text
  const [scheme = ""] = current.match(/^[a-z][a-z0-9+.-]*:\/\//) ?? []
  const old = repositoryOf(current.trim().slice(scheme.length))
  const name = partText(image, "repository") ?? ""
  return scheme + (isSameRepository(old, name) ? old + text.slice(name.length) : text)
}

/** The repository of a reference as written, without tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/s, "").replace(/:[^:/]*$/, "")
}

function noTag(current: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a tag, which this value requires",
    got: `none to replace ${JSON.stringify(current)}`,
    fix: "Pass a tag of the image as --tag, or edit a value that can hold the digest alone.",
  })
}
