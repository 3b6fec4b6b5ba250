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

/** An operation of a forge; `what` continues a sentence that begins with the forge's name. */
type ForgeOperation = { forge: Forge; what: string; repository: string; names?: ForgeNames }

/** The names of the arguments or settings that errors advise to correct. */
export type ForgeNames = { repo: string; forge: string; endpoint: string; token: string }

const NAMES: ForgeNames = {
  ...{ repo: "--repo", forge: "--forge", endpoint: "--forge-endpoint" },
  token: "--git-forge-token (or --git-token)",
}

/** The error of a refused call, with the forge's message and the permission that is probably missing. */
export function forgeRefusal({ forge, what, repository, names }: ForgeOperation, response: HttpResponse): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `HTTP ${response.status}: ${excerpt(response.body)}`,
    fix: advice(forge, response.status, names),
  })
}

/** The error of a response that does not have this forge's format: the address probably belongs to another one. */
export function unreadableResponse(
  { forge, what, repository, names = NAMES }: ForgeOperation,
  missing: string,
): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to ${what} in ${repository}`,
    got: `a response of another format (${missing})`,
    fix: `Check ${names.forge} and ${names.endpoint}: the server there is not ${forge.name}.`,
  })
}

/** The error of an open request that the forge does not merge automatically. */
export function mergeFailure(
  { forge, repository }: Omit<ForgeOperation, "what">,
  { url, reason, fix }: { url: string; reason: string; fix: string },
): SlipwayError {
  return new SlipwayError("FORGE_REFUSED", {
    expected: `${forge.name} to merge ${url} in ${repository} as soon as its checks pass`,
    got: reason,
    fix: `${fix} Then run it again: the ${forge.noun} stays open.`,
  })
}

function advice({ name, permission, noun }: Forge, status: number, { repo, endpoint } = NAMES): string {
  if (status === 401)
    return `Replace the token: it is expired, revoked or of another server than ${name}'s. ${permission}`
  if (status === 403) return `Grant the token the missing permission. ${permission}`
  if (status === 404) return `Check ${repo}, ${endpoint} and the token's access to the repository. ${permission}`
  if (status >= 300 && status < 400) return `Set ${endpoint} to the address of the API, which is elsewhere.`
  return `Check the forge's message: no ${noun} was opened or changed. ${permission}`
}

/** Removes the tags of an HTML error page. */
function excerpt(body: string): string {
  const text = forgeMessage(parseJson(body)) ?? body.replace(/<[^>]*>/g, " ")
  return text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, 300) || "no message"
}

/** A forge and access to its API. `authority` is the certificate of the server's authority. */
export type ForgeAccess = {
  forge: Forge
  place: ForgePlace
  token: SecretSource
  authority?: File
  names?: ForgeNames
}

/** Returns the open request between these branches, if any. */
export async function findRequest(branches: Branches, access: ForgeAccess): Promise<OpenRequest | undefined> {
  const { forge, place } = access
  const what = `list its ${forge.noun}s`
  for (let page = 1; ; page++) {
    const response = await call(forge.find(place, branches, page), access)
    const { found, more } = readResponse(response, { schema: forge.found(branches), what, access })
    if (found || !more) return found
  }
}

/** Opens a request, or updates title and text of the open one. */
export async function openRequest(
  proposal: Proposal,
  access: ForgeAccess,
  open?: OpenRequest,
): Promise<{ request: OpenRequest; how: "opened" | "updated" }> {
  const { forge, place } = access
  if (open) {
    const response = await call(forge.update(place, open, proposal), access)
    const what = `update ${open.url}`
    return { request: readResponse(response, { schema: forge.opened, what, access }), how: "updated" }
  }
  const response = await call(forge.open(place, proposal), access)
  const duplicate = isDuplicate(response) ? await findRequest(proposal, access) : undefined
  if (duplicate) return await openRequest(proposal, access, duplicate)
  return {
    request: readResponse(response, { schema: forge.opened, what: `open a ${forge.noun}`, access }),
    how: "opened",
  }
}

/** Schedules a merge when the request's checks pass; each forge's file defines the steps. */
export async function mergeRequest(merging: MergeTarget, access: ForgeAccess): Promise<"waiting" | "merged"> {
  const { forge, place } = access
  const responses: HttpResponse[] = []
  for (;;) {
    const next = forge.merge?.(place, merging, responses) ?? NO_CALL
    if (next.step === "ended") return next.merge
    if (next.step === "refused") {
      throw mergeFailure({ forge, repository: place.repository }, { url: merging.request.url, ...next })
    }
    await setTimeout((next.pause ?? 0) * 1000)
    responses.push(await call(next.call, access, `${merging.request.url} stays open: merge it by hand.`))
  }
}

const NO_CALL = {
  step: "refused" as const,
  reason: "an API without auto-merge",
  fix: "Omit --auto-merge.",
}

/** The only place that reads a forge's token, which becomes a header of the call. */
export async function call(
  { method, url, body }: ForgeCall,
  { forge, token, authority, names = NAMES }: ForgeAccess,
  outcome?: string,
): Promise<HttpResponse> {
  const plain = (await secretText(await openSecret(token), names.token)).trim()
  const headers = { ...forge.headers(plain), ...(body && { "content-type": "application/json" }) }
  const request = { method, url, headers, ...(body && { body: JSON.stringify(body) }) }
  const response = await send(request, {
    code: "FORGE_REFUSED",
    outcome: outcome ?? `No ${forge.noun} was opened or changed.`,
    authority: await authority?.contents(),
    authorityFlag: "--git-ca-certificate",
  })
  return { ...response, body: response.body.replaceAll(plain, "***") }
}

type Reading<T> = { schema: z.ZodType<T>; what: string; access: ForgeAccess }

export function readResponse<T>(
  response: HttpResponse,
  { schema, what, access: { forge, place, names } }: Reading<T>,
): T {
  const operation = { forge, what, repository: place.repository, ...(names && { names }) }
  if (response.status < 200 || response.status > 299) throw forgeRefusal(operation, response)
  const parsed = schema.safeParse(parseJson(response.body))
  if (parsed.success) return parsed.data
  throw unreadableResponse(operation, parsed.error.issues.map(({ path }) => path.join(".") || "its form").join(", "))
}
