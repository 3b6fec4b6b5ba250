import { describe, expect, test } from "vitest"
import type { BumpKind } from "../../lib/gitops/commit-message.ts"
import type { LoggedCommit } from "../../lib/gitops/git/output.ts"
import { bumpsOf, findNewer, findPast, isBefore, lookBack } from "../../lib/gitops/history.ts"
import { type DigestRef, digestOf, parseDigestRef } from "../../lib/oci/reference.ts"

describe("history", () => {
  const place = { path: "prod", image: "web" }
  const ref = (build: string) => `ghcr.io/acme/web@${digestOf(build)}` as DigestRef

  function commit(id: string, build: string, { path = "prod", image = "web" } = {}): LoggedCommit {
    const source = { revision: `${id}${id}`.repeat(5), order: Number(build) }
    return {
      ...{ commit: id.repeat(10), time: 1, author: "a", message: "m" },
      trailers: { kind: "bump", bumps: [{ path, image, ref: ref(build) }], source },
    }
  }
  const log = [commit("dddd", "3"), commit("cccc", "2"), commit("bbbb", "2"), commit("aaaa", "1")]
  const history = bumpsOf(log, place)

  describe("bumps of an image in one place", () => {
    test("lists bumps newest first, without repeats of a digest", () => {
      expect(history.map((past) => past.ref)).toEqual([ref("3"), ref("2"), ref("1")])
      expect(history[1]?.commit, "the first commit that had it").toBe("bbbb".repeat(10))
    })

    test.each([
      { name: "in another place", other: commit("eeee", "4", { path: "staging" }) },
      { name: "of another image", other: commit("eeee", "4", { image: "api" }) },
      {
        name: "without trailers",
        other: { ...commit("eeee", "4"), trailers: { kind: "bump" as const, bumps: [], source: {} } },
      },
    ])("lists no bumps $name", ({ other }) => {
      expect(bumpsOf([other, ...log], place)).toEqual(history)
    })
  })

  describe("target of a rollback", () => {
    test.each([
      { name: "previous", to: "previous", build: "2" },
      { name: "a digest", to: digestOf("1"), build: "1" },
      { name: "a reference", to: ref("1"), build: "1" },
      { name: "the prefix of a source commit", to: "aaaaaaa", build: "1" },
      { name: "a commit of the GitOps repository", to: "bbbb".repeat(10), build: "2" },
    ])("finds the bump by $name", ({ to, build }) => {
      const { now, then } = findPast(history, to, place)
      expect([now.ref, then.ref]).toEqual([ref("3"), ref(build)])
    })

    test.each([
      { name: "the current digest", to: digestOf("3"), says: "expected a bump to" },
      {
        name: "an unknown digest",
        to: digestOf("9"),
        says: `got ${digestOf("3")} of dddddddddddd, ${digestOf("2")}`,
      },
      { name: "a prefix of fewer than seven digits", to: "aaaa", says: "expected a bump to" },
    ])("refuses $name and lists the bumps", ({ to, says }) => {
      expect(() => findPast(history, to, place)).toThrow(/^ROLLBACK_IMPOSSIBLE: /)
      expect(() => findPast(history, to, place)).toThrow(says)
    })

    test("refuses a rollback without an earlier bump", () => {
      expect(() => findPast(history.slice(2), "previous", place)).toThrow("expected an earlier bump of web in prod")
      expect(() => findPast([], "previous", place)).toThrow("got no bump of it in the branch's history")
    })
  })
})

describe("superseded", () => {
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
    { name: "an older bump", log: [commit("a", { order: 6 })], by: undefined },
    { name: "a bump of the same source", log: [commit("a", { order: 7 })], by: undefined },
    { name: "a newer bump", log: [commit("a", { order: 8 })], by: "a" },
    { name: "a newer bump below other commits", log: [person, commit("a", { order: 8 })], by: "a" },
    { name: "a newer bump of another image", log: [commit("a", { order: 8, image: "api" })], by: undefined },
    { name: "a newer bump in another place", log: [commit("a", { order: 8, path: "apps/api" })], by: undefined },
    {
      name: "an older bump above a newer one",
      log: [commit("a", { order: 6 }), commit("b", { order: 8 })],
      by: undefined,
    },
    { name: "a bump without an order", log: [commit("a", {})], by: undefined },
    { name: "a rollback from the same source", log: [commit("a", { order: 7, kind: "rollback" })], by: "a" },
    { name: "a rollback from older source", log: [commit("a", { order: 6, kind: "rollback" })], by: undefined },
  ])("lets $by supersede order 7 after $name", ({ log, by }) => {
    expect(findNewer(log, target, { source: { order: 7 }, kind: "bump" })?.commit).toBe(by)
  })

  test("does not supersede a bump without an order", () => {
    expect(findNewer([commit("a", { order: 8 })], target, { source: {}, kind: "bump" })).toBeUndefined()
  })

  test("searches from an hour before the source's time, or the whole history for build numbers", () => {
    expect(lookBack(1_700_003_600)).toBe(1_700_000_000)
    expect(lookBack(42)).toBe("everything")
  })

  test.each([
    { time: 1_699_999_999, since: 1_700_000_000, before: true },
    { time: 1_700_000_000, since: 1_700_000_000, before: false },
    { time: 0, since: "everything" as const, before: false },
  ])("decides whether a tip of $time is before $since: $before", ({ time, since, before }) => {
    expect(isBefore({ ...person, time }, since)).toBe(before)
  })

  test("lets a rollback overwrite another rollback, but not a newer bump", () => {
    const back = { source: { order: 7 }, kind: "rollback" as const }
    expect(findNewer([commit("a", { order: 7, kind: "rollback" })], target, back)).toBeUndefined()
    expect(findNewer([commit("a", { order: 8 })], target, back)?.commit).toBe("a")
  })
})
