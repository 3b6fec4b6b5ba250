import { posix } from "node:path"
import { quote, SlipwayError } from "../error.ts"

/** A file or directory inside the GitOps repository, normalised: "apps/web/overlays/prod", or "." for its root. */
export type RepositoryPath = string & { readonly brand: "RepositoryPath" }

/** A path that leaves the checkout, or enters .git, is refused before anything is cloned. */
export function parseRepositoryPath(text: string): RepositoryPath {
  const path = posix.normalize(text).replace(/\/$/, "")
  const parts = path.split("/")
  const strange = !text || posix.isAbsolute(text) || /[\p{Cc}\\]/u.test(text) || text.startsWith("-")
  if (!strange && !parts.includes("..") && !parts.some((part) => part.toLowerCase() === ".git"))
    return path as RepositoryPath
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a path inside the GitOps repository, such as apps/web/overlays/prod",
    got: quote(text),
    fix: "Give it relative to the repository's root, with forward slashes.",
  })
}
