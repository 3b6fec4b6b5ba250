import { setTimeout } from "node:timers/promises"
import type { File } from "@dagger.io/dagger"
import type { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { type HttpResponse, send } from "../../engine/http.ts"
import { openSecret, type SecretSource, secretText } from "../../engine/secret.ts"
import {
  type Branches,
  type Forge,
  type ForgeCall,
  type ForgePlace,
  isDouble,
  type Merging,
  type OpenRequest,
  type Proposal,
} from "./forge.ts"
import { notMerged, notUnderstood, refusedBy } from "./refusal.ts"

/** A forge with the way to it. `authority` is the certificate of the server's own authority. */
export type Desk = { forge: Forge; place: ForgePlace; token: SecretSource; authority?: File }

/** The open request from these branches, if there is one. */
export async function findRequest(branches: Branches, desk: Desk): Promise<OpenRequest | undefined> {
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
  desk: Desk,
  open?: OpenRequest,
): Promise<{ request: OpenRequest; how: "opened" | "updated" }> {
  const { forge, place } = desk
  if (open) {
    const answer = await ask(forge.update(place, open, proposal), desk)
    const what = `update ${open.url}`
    return { request: understand(answer, { schema: forge.opened, what, desk }), how: "updated" }
  }
  const answer = await ask(forge.open(place, proposal), desk)
  const double = isDouble(answer) ? await findRequest(proposal, desk) : undefined
  if (double) return await openRequest(proposal, desk, double)
  return { request: understand(answer, { schema: forge.opened, what: `open a ${forge.noun}`, desk }), how: "opened" }
}

/** Has the forge merge a request by itself. What it says to that is decided by the forge's own file. */
export async function mergeRequest(merging: Merging, desk: Desk): Promise<"waiting" | "merged"> {
  const { forge, place } = desk
  const answers: HttpResponse[] = []
  for (;;) {
    const next = forge.merge?.(place, merging, answers) ?? NO_CALL
    if (next.step === "ended") return next.merge
    if (next.step === "refused") {
      throw notMerged({ forge, repository: place.repository }, { url: merging.request.url, ...next })
    }
    await setTimeout((next.pause ?? 0) * 1000)
    answers.push(await ask(next.call, desk, `${merging.request.url} stays open, to be merged by hand.`))
  }
}

const NO_CALL = { step: "refused" as const, words: "no call for that", fix: "Leave auto-merge out." }

/** The one place where a token of a forge is read: it is the header of the call itself. */
async function ask(
  { method, url, body }: ForgeCall,
  { forge, token, authority }: Desk,
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

type Reading<T> = { schema: z.ZodType<T>; what: string; desk: Desk }

function understand<T>(answer: HttpResponse, { schema, what, desk: { forge, place } }: Reading<T>): T {
  const asked = { forge, what, repository: place.repository }
  if (answer.status < 200 || answer.status > 299) throw refusedBy(asked, answer)
  const parsed = schema.safeParse(parseJson(answer.body))
  if (parsed.success) return parsed.data
  throw notUnderstood(asked, parsed.error.issues.map(({ path }) => path.join(".") || "its form").join(", "))
}
