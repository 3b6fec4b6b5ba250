import { describe, expect, test } from "vitest"
import type { Digest } from "../../lib/oci/reference.ts"
import {
  closedOverlays,
  judgePreview,
  type Requests,
  requestOverlays,
  requestsOfTags,
} from "../../lib/retention/previews.ts"
import { judgeImages } from "../../lib/retention/prune-plan.ts"
import { parseRules } from "../../lib/retention/rules.ts"

const commit = "0a".repeat(20)
const tag = (number: number) => `pr-${number}-${commit}`
const requests: Requests = new Map([
  [1, { status: "open" }],
  [2, { status: "closed" }],
  [3, { status: "unknown", reason: "HTTP 429" }],
])

describe("the tag of a preview", () => {
  test.each([
    {
      name: "is kept while its request is open",
      tag: tag(1),
      verdict: { keep: true, reason: `${tag(1)}: the request 1 is open` },
    },
    {
      name: "goes with its request",
      tag: tag(2),
      verdict: { keep: false, reason: `${tag(2)}: the request 2 is closed` },
    },
    {
      name: "is kept without an answer of the forge",
      tag: tag(3),
      verdict: { keep: true, reason: `${tag(3)}: the forge did not tell whether the request 3 is open (HTTP 429)` },
    },
    { name: "is a matter of the rules if nobody asked", tag: tag(4), verdict: undefined },
    { name: "is none without its whole commit", tag: "pr-2-0a0a", verdict: undefined },
  ])("$name", ({ tag, verdict }) => {
    expect(judgePreview(tag, requests)).toEqual(verdict)
  })

  test("precedes the rules, but an image with another kept tag stays", () => {
    const { rules } = parseRules(["pr-*"], undefined)
    const digest = (name: string) => `sha256:${name.repeat(64)}` as Digest
    const images = [
      { digest: digest("a"), tags: [tag(2)], created: 1 },
      { digest: digest("b"), tags: [tag(2), "v1"], created: 1 },
      { digest: digest("c"), tags: [tag(3)], created: 1 },
      { digest: digest("d"), tags: ["pr-old"], created: 1 },
    ]
    const kept = [...judgeImages(images, rules, 2, requests)].map(([key, { keep }]) => [key.slice(7, 8), keep])
    expect(Object.fromEntries(kept)).toEqual({ a: false, b: true, c: true, d: true })
  })
})

test("finds the requests of tags and of overlays", () => {
  expect(requestsOfTags([tag(1), "v1", tag(2)])).toEqual([1, 2])
  expect(requestOverlays("previews/pr-{number}", ["previews/pr-2", "previews/template", "prod"])).toEqual([
    { number: 2, path: "previews/pr-2" },
  ])
})

test("removes only overlays of requests that are closed", () => {
  const overlays = [1, 2, 3, 4].map((number) => ({ number, path: `previews/pr-${number}` }))
  expect(closedOverlays(overlays, requests)).toEqual([{ number: 2, path: "previews/pr-2" }])
})
