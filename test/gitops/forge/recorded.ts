import { readFileSync } from "node:fs"

// biome-ignore lint/suspicious/noExplicitAny: a document of a forge
type Document = any

/** A request of ours to a forge's API, and the forge's response. `path` is relative to the API's address. */
export type RecordedCall = {
  request: { method: string; path: string; authorization: string; body?: Document }
  response: { status: number; body?: Document }
}

/** What test/e2e/forge-gitea*.test.ts recorded of a real Gitea; each file compares its own recording, or writes it. */
export function recordingOf(name: string): URL {
  return new URL(`../../fixtures/gitea-1.27.3/${name}.json`, import.meta.url)
}

export function recordedCalls(name: string): RecordedCall[] {
  return JSON.parse(readFileSync(recordingOf(name), "utf8"))
}

/** Objects of a response that say nothing about the request itself. */
const REDUCED = /^(?:repo|repository|user|owner|assignee|merged_by|poster)$/

/**
 * A call with all that changes from one run to the next replaced, so that two recordings compare. A repository or user in a
 * response is reduced to its ID.
 */
function stableCall(call: RecordedCall): RecordedCall {
  return JSON.parse(JSON.stringify(call, reduce), stable)
}

/** Every call once, in the order of its request. */
export function stableCalls(calls: RecordedCall[]): RecordedCall[] {
  return [...new Set(calls.map((call) => JSON.stringify(stableCall(call))))].sort().map((text) => JSON.parse(text))
}

function reduce(key: string, value: Document): Document {
  return REDUCED.test(key) && value && typeof value === "object" && "id" in value ? { id: value.id } : value
}

function stable(key: string, value: Document): Document {
  if (value?.head?.repo_id && value.base?.repo_id) return withSides(value)
  if (
    typeof value === "number" &&
    /^(?:id|number|size|comments)$|_(?:id|count|counter)$/.test(key) &&
    key !== "repo_id"
  ) {
    return 1
  }
  if (typeof value !== "string") return value
  return value
    .replace(/[0-9a-f]{64}/g, "0".repeat(64))
    .replace(/(?<![0-9a-f])[0-9a-f]{40}(?![0-9a-f])/g, "0".repeat(40))
    .replace(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(?:Z|[+-][0-9:]{5})/g, "2026-01-01T00:00:00Z")
    .replace(/slipway\/main\/[0-9a-f]{10}/g, "slipway/main/0000000000")
    .replace(/\/acme\/[a-z-]+/g, "/acme/deploy")
    .replace(/\/(issues|pulls|comments)\/[0-9]+/g, "/$1/1")
}

/** A request of the repository itself has two sides of the same ID. */
function withSides(pull: Document): Document {
  const own = pull.head.repo_id === pull.base.repo_id
  return { ...pull, head: { ...pull.head, repo_id: own ? 1 : 2 }, base: { ...pull.base, repo_id: 1 } }
}

/**
 * Whether a real server was asked this: the same method and path, and a body of the same fields and types. Numbers in the path
 * and texts may differ.
 */
export function isRecorded(request: Omit<RecordedCall["request"], "authorization">, calls: RecordedCall[]): boolean {
  const shape = requestShape(stableCall({ request: { ...request, authorization: "" }, response: { status: 0 } }))
  return calls.some((call) => requestShape(call) === shape)
}

/** A call without its values: the request, the status, and the fields of the response or of its first item. */
export function callShape(call: RecordedCall): string {
  const { status, body } = call.response
  const item = Array.isArray(body) ? body[0] : body
  const fields = item && typeof item === "object" ? Object.keys(item).sort() : [typeof item]
  return [requestShape(call), status, ...fields].join("\n")
}

function requestShape({ request: { method, path, body } }: RecordedCall): string {
  const fields = Object.entries(body ?? {}).map(([name, value]) => `${name}: ${typeof value}`)
  return [method, path, ...fields.sort()].join("\n")
}
