import { describe, expect, test } from "vitest"
import { compareVersions, parseRevision, parseVersion, webAddress } from "../../lib/config/revision.ts"

describe("revision", () => {
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
    ["a changed file", "1 .M N... 100644 100644 100644 a b main.go", "main.go: modified"],
    ["a path with spaces", "1 .M N... 100644 100644 100644 a b a b c.go", "a b c.go: modified"],
    ["a staged file", "1 A. N... 000000 100644 100644 a b new.go", "new.go: added"],
    ["a file that became a link", "1 .T N... 100644 100644 120000 a b x", "x: another type"],
    ["a missing file", "1 .D N... 100644 100644 000000 a b x", "x: deleted"],
    ["a submodule", "1 .M S.MU 160000 160000 160000 a b sub", "sub: submodule with changes"],
    ["a conflict", "u UU N... 100644 100644 100644 100644 a b c x.go", "x.go: in conflict"],
    ["a file that git does not know", "? new.go", "new.go: untracked"],
    ["a line of another git's", "9 what", "9 what"],
  ])("lists %s as a change", (_, line, changes) => {
    const revision = parseRevision({ commit, status: `${status}${line}\n`, url: "" })
    expect(revision).toMatchObject({ dirty: true, changes: [changes] })
  })

  test("lists the first of many changes, and the number of others", () => {
    const lines = Array.from({ length: 152 }, (_, at) => `? ${at}\n`).join("")
    const { changes = [] } = parseRevision({ commit, status: `${status}${lines}`, url: "" })
    expect([changes.length, changes[19], changes[20]]).toEqual([21, "19: untracked", "and 132 more"])
  })

  test("reads a detached HEAD without a branch, and a checkout without a remote", () => {
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
    // a git daemon serves no pages, so its own address remains
    ["git://git:7110/repo.git", "git://git:7110/repo.git"],
    ["https://user:p@ss@host/acme/app.git", "https://host/acme/app"],
    ["https://user@host:8443/acme/app@v2.git", "https://host:8443/acme/app@v2"],
    ["ssh://git:p@ss@git.acme.com/acme/app.git", "https://git.acme.com/acme/app"],
    ["https://user:p@ss@[2001:db8::1]:3000/acme/app.git", "https://[2001:db8::1]:3000/acme/app"],
    ["me@corp.com@host.test:acme/app.git", "https://host.test/acme/app"],
    ["git@host.test:acme/app@v2:x.git", "https://host.test/acme/app@v2:x"],
    ["git@[2001:db8::1]:acme/app.git", "https://[2001:db8::1]/acme/app"],
    ["/srv/git/app.git", undefined],
    ["../app", undefined],
    ["", undefined],
  ])("reads the web address of the remote %s: %s", (remote, url) => {
    expect(webAddress(remote)).toBe(url)
  })
})

describe("version", () => {
  test.each([
    { name: "with a v", tags: ["v1.2.3"], text: "1.2.3" },
    { name: "without a v", tags: ["1.2.3"], text: "1.2.3" },
    { name: "among other tags", tags: ["nightly", "v1.2", "v1.2.3", "release-9.9.9"], text: "1.2.3" },
    { name: "that is highest by number", tags: ["v1.9.0", "v1.10.0", "v1.2.0"], text: "1.10.0" },
    { name: "of a release before its candidate", tags: ["v1.0.0", "v1.0.0-rc.1"], text: "1.0.0" },
    { name: "of the tenth candidate before the ninth", tags: ["v1.0.0-rc.9", "v1.0.0-rc.10"], text: "1.0.0-rc.10" },
    { name: "of a beta before an alpha of more parts", tags: ["v1.0.0-alpha.1.2", "v1.0.0-beta"], text: "1.0.0-beta" },
    { name: "with build metadata", tags: ["v1.2.3+build.5"], text: "1.2.3+build.5" },
    { name: "of the later build", tags: ["v1.2.3+build.10", "v1.2.3+build.9"], text: "1.2.3+build.10" },
    { name: "of a candidate without a release", tags: ["v1.0.0-rc.1"], text: "1.0.0-rc.1" },
  ])("reads the version $name", ({ tags, text }) => {
    expect(parseVersion(tags)?.text).toBe(text)
  })

  test("returns no version for a commit without one", () => {
    expect(parseVersion(["v1", "v01.2.3", "main"])).toBeUndefined()
  })

  test("reads the parts of a version, and whether it is a pre-release", () => {
    expect(parseVersion(["v2.3.4-rc.1"])).toEqual({ text: "2.3.4-rc.1", major: "2", minor: "3", preRelease: true })
    expect(parseVersion(["v2.3.4"])?.preRelease).toBe(false)
  })

  test.each([
    { first: "1.9.0", second: "1.10.0", order: -1 },
    { first: "1.0.0-rc.10", second: "1.0.0-rc.9", order: 1 },
    { first: "2.0.0-rc.1", second: "2.0.0", order: -1 },
    { first: "v1.2.3", second: "1.2.3", order: 0 },
    { first: "1.2.3", second: "main", order: undefined },
    { first: undefined, second: "1.2.3", order: undefined },
  ])("compares $first with $second: $order", ({ first, second, order }) => {
    expect(compareVersions(first, second)).toBe(order)
  })
})
