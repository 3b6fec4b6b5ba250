import { numberIn, requestOfTag } from "../config/preview-settings.ts"
import { mapConcurrently } from "../engine/concurrency.ts"
import { SlipwayError } from "../error.ts"
import { type RequestAccess, readRequest } from "../gitops/forge/request-comment.ts"

/** What the forge says about a request; without an answer, everything of it is kept. */
export type RequestVerdict = { status: "open" | "closed" } | { status: "unknown"; reason: string }

/** The requests that were asked about, by their numbers. */
export type Requests = Map<number, RequestVerdict>

/** Asks the forge about each request that has a tag or an overlay. */
export async function readRequests(numbers: number[], access: RequestAccess): Promise<Requests> {
  return new Map(await mapConcurrently([...new Set(numbers)], async (number) => [number, await ask(number, access)]))
}

async function ask(number: number, access: RequestAccess): Promise<RequestVerdict> {
  try {
    return { status: (await readRequest(number, access)).open ? "open" : "closed" }
  } catch (error) {
    if (error instanceof SlipwayError) return { status: "unknown", reason: error.message }
    throw error
  }
}

/** The requests that a repository's tags name. */
export function requestsOfTags(tags: string[]): number[] {
  return tags.flatMap((tag) => requestOfTag(tag) ?? [])
}

/** A preview's overlay in the GitOps repository. */
export type RequestOverlay = { number: number; path: string }

/** The overlays of requests among all of a branch. */
export function requestOverlays(template: string, paths: string[]): RequestOverlay[] {
  return paths.flatMap((path) => {
    const number = numberIn(template, path)
    return number === undefined ? [] : [{ number, path }]
  })
}

/** The overlays to remove: only of requests that the forge says are closed. */
export function closedOverlays(overlays: RequestOverlay[], requests: Requests): RequestOverlay[] {
  return overlays.filter(({ number }) => requests.get(number)?.status === "closed")
}

/** Whether the tag of a preview is kept; undefined for any other tag, about which the rules decide. */
export function judgePreview(tag: string, requests: Requests): { keep: boolean; reason: string } | undefined {
  const number = requestOfTag(tag)
  const verdict = number === undefined ? undefined : requests.get(number)
  switch (verdict?.status) {
    case undefined:
      return undefined
    case "open":
      return { keep: true, reason: `${tag}: the request ${number} is open` }
    case "closed":
      return { keep: false, reason: `${tag}: the request ${number} is closed` }
    case "unknown":
      return {
        keep: true,
        reason: `${tag}: the forge did not tell whether the request ${number} is open (${verdict.reason})`,
      }
  }
}
