import { describe, expect, test } from "vitest"
import type { LoggedCommit } from "../../lib/gitops/git-log.ts"
import { bumpsOf, findPast } from "../../lib/gitops/history.ts"
import { type DigestRef, digestOf } from "../../lib/oci/reference.ts"

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

describe("the bumps of an image in one place", () => {
  test("are the newest first, each digest once in a row", () => {
    expect(history.map((past) => past.ref)).toEqual([ref("3"), ref("2"), ref("1")])
    expect(history[1]?.commit, "the first commit that had it").toBe("bbbb".repeat(10))
  })

  test.each([
    { name: "in another place", other: commit("eeee", "4", { path: "staging" }) },
    { name: "of another image", other: commit("eeee", "4", { image: "api" }) },
    {
      name: "by people",
      other: { ...commit("eeee", "4"), trailers: { kind: "bump" as const, bumps: [], source: {} } },
    },
  ])("are not those $name", ({ other }) => {
    expect(bumpsOf([other, ...log], place)).toEqual(history)
  })
})

describe("the bump to go back to", () => {
  test.each([
    { name: "previous", to: "previous", build: "2" },
    { name: "a digest", to: digestOf("1"), build: "1" },
    { name: "a reference", to: ref("1"), build: "1" },
    { name: "the beginning of a source commit", to: "aaaaaaa", build: "1" },
    { name: "a commit of the GitOps repository", to: "bbbb".repeat(10), build: "2" },
  ])("is found by $name", ({ to, build }) => {
    const { now, then } = findPast(history, to, place)
    expect([now.ref, then.ref]).toEqual([ref("3"), ref(build)])
  })

  test.each([
    { name: "what is there already", to: digestOf("3"), says: "expected a bump to" },
    { name: "what never was there", to: digestOf("9"), says: `got ${digestOf("3")} of dddddddddddd, ${digestOf("2")}` },
    { name: "fewer digits than a commit is known by", to: "aaaa", says: "expected a bump to" },
  ])("is not $name, and those that there are are listed", ({ to, says }) => {
    expect(() => findPast(history, to, place)).toThrow(/^ROLLBACK_IMPOSSIBLE: /)
    expect(() => findPast(history, to, place)).toThrow(says)
  })

  test("cannot be found where there is only one, or none", () => {
    expect(() => findPast(history.slice(2), "previous", place)).toThrow("expected an earlier bump of web in prod")
    expect(() => findPast([], "previous", place)).toThrow("got no bump of it in the branch's history")
  })
})
