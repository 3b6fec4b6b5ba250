import { parseJson } from "../../config/file.ts"
import type { HttpResponse } from "../../engine/http.ts"
import { SlipwayError } from "../../error.ts"
import { type Forge, wordsOf } from "./forge.ts"

/** What was asked of a forge, as the rest of a sentence that begins with its name. */
export type Asked = { forge: Forge; what: string; repository: string }

/** A forge's no, with its own words and the permission that is probably missing. */
export function refusedBy({ forge, what, repository }: Asked, answer: HttpResponse): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `HTTP ${answer.status}: ${excerpt(answer.body)}`,
    fix: advice(forge, answer.status),
  })
}

/** An answer that is not this forge's: most likely the address is another one's. */
export function notUnderstood({ forge, what, repository }: Asked, missing: string): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `an answer that it would not give (${missing})`,
    fix: "Check --forge and --forge-endpoint: whoever answers there does not speak this forge's language.",
  })
}

/** A request that is open, but will not be merged by itself. */
export function notMerged(
  { forge, repository }: Omit<Asked, "what">,
  { url, words, fix }: { url: string; words: string; fix: string },
): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to merge ${url} in ${repository} as soon as its checks pass`,
    got: words,
    fix: `${fix} The ${forge.noun} is open; running it again goes on from there.`,
  })
}

function advice({ name, permission, noun }: Forge, status: number): string {
  if (status === 401)
    return `${name} did not take the token: it expired, was revoked or is another server's. ${permission}`
  if (status === 403) return `The token is not allowed to. ${permission}`
  if (status === 404)
    return `The token may not see the repository, or the API is elsewhere (--forge-endpoint). ${permission}`
  if (status >= 300 && status < 400) return "The API is elsewhere: pass its address as --forge-endpoint."
  return `No ${noun} was opened or changed. ${permission}`
}

/** A page of HTML says nothing that helps. */
function excerpt(body: string): string {
  const text = wordsOf(parseJson(body)) ?? body.replace(/<[^>]*>/g, " ")
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 300) || "no words"
}
