import { describe, expect, test } from "vitest"
import { parseMessageTemplate } from "../../lib/gitops/commit-message.ts"
import { type MergeState, mergedCommit, mergeState, rollbackMessage } from "../../lib/ship/sync.ts"

const place = { repo: "https://git.example/deploy", branch: "main", path: "prod", imageName: "web" }
const kept = (path: string, image: string) => [{ path, image, commit: "b".repeat(40) }]
const open = { noun: "pull request", branch: "slipway/main", open: "https://git.example/deploy/1" }

test.each([
  { name: "the base has the image", plan: {}, state: { kind: "merged", commit: "a".repeat(40) } },
  { name: "the request is open", plan: { files: 1, proposal: open }, state: { kind: "open" } },
  { name: "no request is open", plan: { files: 1, proposal: { ...open, open: undefined } }, state: { kind: "closed" } },
  { name: "a newer bump holds the place", plan: { kept: kept("prod", "web") }, state: { kind: "superseded" } },
  {
    name: "a newer bump holds the place of another image in the request",
    plan: { kept: kept("prod", "api"), files: 1, proposal: open },
    state: { kind: "open" },
  },
])("a request's state if $name", ({ plan: { files = 0, kept = [], proposal }, state }) => {
  const changed = new Map(Array.from({ length: files }, (_, at) => [`file-${at}`, {} as never]))
  const plan = { files: changed, kept, tip: "a".repeat(40), ...(proposal && { proposal: proposal as typeof open }) }
  expect(mergeState(plan, place)).toEqual(state)
})

describe("a wait for a merge", () => {
  const merged: MergeState = { kind: "merged", commit: "c".repeat(40) }
  const wait = (states: MergeState[], seconds = 1) => {
    const left = [...states]
    return mergedCommit("URL", { read: async () => left.shift() ?? merged, seconds, pause: 1 })
  }

  test.each([
    { name: "at once", states: [] },
    { name: "after it was open", states: [{ kind: "open" as const }] },
    { name: "between the reads of the branch and the forge", states: [{ kind: "closed" as const }] },
  ])("ends with the commit if it was merged $name", async ({ states }) => {
    expect(await wait(states)).toBe("c".repeat(40))
  })

  test("ends without a commit if a newer bump holds the place", async () => {
    expect(await wait([{ kind: "superseded" }])).toBeUndefined()
  })

  test.each([
    { name: "is closed", states: [{ kind: "closed" as const }, { kind: "closed" as const }], got: "it was closed" },
    { name: "stays open", states: [{ kind: "open" as const }], seconds: 0, got: "it is still open after 0 s" },
  ])("fails if the request $name", async ({ states, seconds, got }) => {
    const error = `SYNC_TIMEOUT: expected the request URL to be merged, got ${got}. Merge it, then run this again`
    await expect(wait(states, seconds)).rejects.toThrow(error)
  })
})

test("the message of a rollback quotes the cluster, whatever its words contain", () => {
  const words = 'deployment/shop/web: Degraded: cannot read "{{ .Values.tag }}" in {path}'
  const template = rollbackMessage(words)
  expect(parseMessageTemplate(template)).toBe(template)
  expect(template.split("\n\n")).toEqual([
    "Roll {image} back to {digest} in {path}",
    'The cluster reported of the release before: deployment/shop/web: Degraded: cannot read "(( .Values.tag ))" in (path)',
  ])
})
