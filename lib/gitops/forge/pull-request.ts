import { setTimeout } from "node:timers/promises"
import type { File } from "@dagger.io/dagger"
import type { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { type HttpResponse, send } from "../../engine/http.ts"
import { openSecret, type SecretSource, secretText } from "../../engine/secret.ts"
import { SlipwayError } from "../../error.ts"
import {
  type Branches,
  type Forge,
  type ForgeCall,
  type ForgePlace,
  forgeMessage,
  isDuplicate,
  type MergeTarget,
  type OpenRequest,
  type Proposal,
} from "./forge.ts"

/** What was asked of a forge, as the rest of a sentence that begins with its name. */
type ForgeQuestion = { forge: Forge; what: string; repository: string }

/** A forge's no, with its own words and the permission that is probably missing. */
export function forgeRefusal({ forge, what, repository }: ForgeQuestion, answer: HttpResponse): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `HTTP ${answer.status}: ${excerpt(answer.body)}`,
    fix: advice(forge, answer.status),
  })
}

/** An answer that is not this forge's: most likely the address is another one's. */
export function unreadableAnswer({ forge, what, repository }: ForgeQuestion, missing: string): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `an answer that it would not give (${missing})`,
    fix: "Check --forge and --forge-endpoint: whoever answers there does not speak this forge's language.",
  })
}

/** A request that is open, but will not be merged by itself. */
export function mergeFailure(
  { forge, repository }: Omit<ForgeQuestion, "what">,
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
  const text = forgeMessage(parseJson(body)) ?? body.replace(/<[^>]*>/g, " ")
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 300) || "no words"
}

/** A forge with the way to it. `authority` is the certificate of the server's own authority. */
export type ForgeAccess = { forge: Forge; place: ForgePlace; token: SecretSource; authority?: File }

/** The open request from these branches, if there is one. */
export async function findRequest(branches: Branches, desk: ForgeAccess): Promise<OpenRequest | undefined> {
  const { forge, place } = desk
  const what = `list its ${forge.noun}s`
  for (let page = 1; ; page++) {
    const answer = await ask(forge.find(place, branches, page), desk)
    const { found, more } = understand(answer, { schema: forge.found(branches), what, desk })
    if (found || !more) return found
  }
}

/** Opens a request, or gives the one that is open already its new words. */
export async function openRequest(
  proposal: Proposal,
  desk: ForgeAccess,
  open?: OpenRequest,
): Promise<{ request: OpenRequest; how: "opened" | "updated" }> {
  const { forge, place } = desk
  if (open) {
    const answer = await ask(forge.update(place, open, proposal), desk)
    const what = `update ${open.url}`
    return { request: understand(answer, { schema: forge.opened, what, desk }), how: "updated" }
  }
  const answer = await ask(forge.open(place, proposal), desk)
  const double = isDuplicate(answer) ? await findRequest(proposal, desk) : undefined
  if (double) return await openRequest(proposal, desk, double)
  return { request: understand(answer, { schema: forge.opened, what: `open a ${forge.noun}`, desk }), how: "opened" }
}

/** Has the forge merge a request by itself. What it says to that is decided by the forge's own file. */
export async function mergeRequest(merging: MergeTarget, desk: ForgeAccess): Promise<"waiting" | "merged"> {
  const { forge, place } = desk
  const answers: HttpResponse[] = []
  for (;;) {
    const next = forge.merge?.(place, merging, answers) ?? NO_CALL
    if (next.step === "ended") return next.merge
    if (next.step === "refused") {
      throw mergeFailure({ forge, repository: place.repository }, { url: merging.request.url, ...next })
    }
    await setTimeout((next.pause ?? 0) * 1000)
    answers.push(await ask(next.call, desk, `${merging.request.url} stays open, to be merged by hand.`))
  }
}

const NO_CALL = { step: "refused" as const, words: "no call for that", fix: "Leave auto-merge out." }

/** The one place where a token of a forge is read: it is the header of the call itself. */
async function ask(
  { method, url, body }: ForgeCall,
  { forge, token, authority }: ForgeAccess,
  outcome?: string,
): Promise<HttpResponse> {
  const plain = (await secretText(await openSecret(token), "--git-forge-token (or --git-token)")).trim()
  const headers = { ...forge.headers(plain), ...(body && { "content-type": "application/json" }) }
  const request = { method, url, headers, ...(body && { body: JSON.stringify(body) }) }
  const answer = await send(request, {
    code: "FORGE_REFUSED",
    outcome: outcome ?? `No ${forge.noun} was opened or changed.`,
    authority: await authority?.contents(),
    authorityFlag: "--git-ca-certificate",
  })
  return { ...answer, body: answer.body.replaceAll(plain, "***") }
}

type Reading<T> = { schema: z.ZodType<T>; what: string; desk: ForgeAccess }

function understand<T>(answer: HttpResponse, { schema, what, desk: { forge, place } }: Reading<T>): T {
  const asked = { forge, what, repository: place.repository }
  if (answer.status < 200 || answer.status > 299) throw forgeRefusal(asked, answer)
  const parsed = schema.safeParse(parseJson(answer.body))
  if (parsed.success) return parsed.data
  throw unreadableAnswer(asked, parsed.error.issues.map(({ path }) => path.join(".") || "its form").join(", "))
}
