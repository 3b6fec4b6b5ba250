import { expect, test } from "vitest"
import type { LoggedCommit } from "../../lib/gitops/git-log.ts"
import { findNewer, isBefore, lookBack } from "../../lib/gitops/superseded.ts"
import type { BumpKind } from "../../lib/gitops/trailers.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"

const [ref, other] = ["0a", "0b"].map((hex) => parseDigestRef(`ghcr.io/acme/web@sha256:${hex.repeat(32)}`))
if (!ref || !other) throw new Error("two references")
const target = { path: "apps/web", image: "web", ref }

function commit(
  id: string,
  {
    order,
    kind = "bump",
    image = "web",
    path = "apps/web",
  }: { order?: number; kind?: BumpKind; image?: string; path?: string },
): LoggedCommit {
  const trailers = {
    kind,
    bumps: [{ path, image, ref: other as typeof target.ref }],
    source: { ...(order && { order }) },
  }
  return { commit: id, time: 0, author: "", message: "", trailers }
}
const person: LoggedCommit = {
  commit: "p",
  time: 0,
  author: "",
  message: "",
  trailers: { kind: "bump", bumps: [], source: {} },
}

test.each([
  { name: "no earlier bump", log: [person], by: undefined },
  { name: "an older one", log: [commit("a", { order: 6 })], by: undefined },
  { name: "one of the same source", log: [commit("a", { order: 7 })], by: undefined },
  { name: "a newer one", log: [commit("a", { order: 8 })], by: "a" },
  { name: "a newer one below commits of people", log: [person, commit("a", { order: 8 })], by: "a" },
  { name: "a newer one of another image", log: [commit("a", { order: 8, image: "api" })], by: undefined },
  { name: "a newer one in another place", log: [commit("a", { order: 8, path: "apps/api" })], by: undefined },
  {
    name: "an older one above a newer one",
    log: [commit("a", { order: 6 }), commit("b", { order: 8 })],
    by: undefined,
  },
  { name: "one without an order", log: [commit("a", {})], by: undefined },
  { name: "a rollback from the same source", log: [commit("a", { order: 7, kind: "rollback" })], by: "a" },
  { name: "a rollback from older source", log: [commit("a", { order: 6, kind: "rollback" })], by: undefined },
])("with $name, order 7 yields to $by", ({ log, by }) => {
  expect(findNewer(log, target, { source: { order: 7 }, kind: "bump" })?.commit).toBe(by)
})

test("without an order of its own a bump yields to nothing", () => {
  expect(findNewer([commit("a", { order: 8 })], target, { source: {}, kind: "bump" })).toBeUndefined()
})

test("looks an hour further back than the source's time, and all the way for build numbers", () => {
  expect(lookBack(1_700_003_600)).toBe(1_700_000_000)
  expect(lookBack(42)).toBe("everything")
})

test.each([
  { time: 1_699_999_999, since: 1_700_000_000, before: true },
  { time: 1_700_000_000, since: 1_700_000_000, before: false },
  { time: 0, since: "everything" as const, before: false },
])("a tip of $time needs no history since $since: $before", ({ time, since, before }) => {
  expect(isBefore({ ...person, time }, since)).toBe(before)
})

test("another rollback goes over one that holds against pipelines, but not over a newer bump", () => {
  const back = { source: { order: 7 }, kind: "rollback" as const }
  expect(findNewer([commit("a", { order: 7, kind: "rollback" })], target, back)).toBeUndefined()
  expect(findNewer([commit("a", { order: 8 })], target, back)?.commit).toBe("a")
})
