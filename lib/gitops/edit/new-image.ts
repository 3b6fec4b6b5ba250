import { z } from "zod"
import { quote, SlipwayError } from "../../error.ts"
import { type DigestRef, splitDigestRef, TAG } from "../../oci/reference.ts"

/**
 * What an edit writes. The digest is what counts; `tag` is for people, wherever there is room for one. `spareTag` is for
 * values that have a tag of their own or cannot do without one, and for nothing else. Default is none. `anyName` leaves
 * every name as it is: for an edit that nobody writes, which is to show where the digest stands.
 */
export type NewImage = { ref: DigestRef; tag?: string; spareTag?: string; anyName?: true }

/** The pieces of an image reference that a file may keep in a value of its own. */
export const Part = z.enum(["ref", "digest", "hex", "tag", "pinned-tag", "repository", "registry", "path"])
export type Part = z.infer<typeof Part>

/**
 * The text of one part. A `pinned-tag` is `tag@digest`: templates that write repository:tag make a full reference of it.
 * A tag that is asked for but not given is no text: a stale one beside a new digest would mislead.
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

/** The tag for a value that is one. */
export function fieldTag({ tag, spareTag }: NewImage): string | undefined {
  return tag ?? spareTag
}

/** A tag comes from a person, so it is looked at before it is written anywhere. */
export function requireTag(tag: string): string {
  if (new RegExp(`^${TAG}$`).test(tag)) return tag
  throw new SlipwayError("TAG_INVALID", {
    expected: "a tag of letters, digits, '_', '.' and '-', at most 128 long",
    got: quote(tag),
    fix: "The tag is only shown to people beside the digest: leave it out, or pass one that the image has.",
  })
}

/** Docker Hub's short names and its full ones are the same repository, so that an edit need not touch them. */
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

/** What one value becomes: the part that it holds, with the scheme and the spelling of the repository that it has. */
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

/** The repository of a reference as people write it, without tag and digest. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/s, "").replace(/:[^:/]*$/, "")
}

function noTag(current: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: "a tag, which this value cannot do without",
    got: `none to take the place of ${JSON.stringify(current)}`,
    fix: "Pass a tag of the image as --tag, or edit a value that takes the digest alone.",
  })
}
