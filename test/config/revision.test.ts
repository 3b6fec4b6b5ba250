import { expect, test } from "vitest"
import { parseRevision, webAddress } from "../../src/config/revision.ts"

const commit = "c0ffee\n1767323045\nHEAD -> main, tag: v1.2.0, tag: stable, origin/main"
const status = "# branch.oid c0ffee\n# branch.head main\n# branch.upstream origin/main\n"

test("reads a clean checkout", () => {
  expect(parseRevision({ commit, status, url: "git@github.com:acme/app.git\n" })).toEqual({
    commit: "c0ffee",
    time: 1767323045,
    branch: "main",
    tags: ["v1.2.0", "stable"],
    dirty: false,
    url: "https://github.com/acme/app",
  })
})

test.each([
  ["a changed file", "1 .M N... 100644 100644 100644 a b main.go"],
  ["a file that git does not know", "? new.go"],
])("%s makes it dirty", (_, line) => {
  expect(parseRevision({ commit, status: `${status}${line}\n`, url: "" }).dirty).toBe(true)
})

test("a CI system's detached HEAD has no branch, and a checkout may have no remote", () => {
  const detached = parseRevision({
    commit: "c0ffee\n1\n",
    status: "# branch.oid c0ffee\n# branch.head (detached)\n",
    url: "",
  })
  expect(detached).toEqual({ commit: "c0ffee", time: 1, tags: [], dirty: false })
})

test.each([
  ["https://github.com/acme/app.git", "https://github.com/acme/app"],
  ["https://x-access-token:ghs_secret@github.com/acme/app", "https://github.com/acme/app"],
  ["http://git.local:3000/acme/app/", "http://git.local:3000/acme/app"],
  ["git@gitlab.com:group/sub/app.git", "https://gitlab.com/group/sub/app"],
  ["ssh://git@git.acme.com:2222/acme/app.git", "https://git.acme.com/acme/app"],
  ["git://git/repo.git", "https://git/repo"],
  ["/srv/git/app.git", undefined],
  ["../app", undefined],
  ["", undefined],
])("the remote %s is at %s", (remote, url) => {
  expect(webAddress(remote)).toBe(url)
})
