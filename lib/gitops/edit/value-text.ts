import { SlipwayError } from "../../error.ts"
import { isSameRepository, type NewImage, type Part, partText } from "./new-image.ts"

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
    fix: "Pass a tag of the image as --tag (of ship: gitops.tag), or edit a value that takes the digest alone.",
  })
}
