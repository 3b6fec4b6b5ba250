import { expect, test } from "vitest"
import { checkoutUnreadable, requireOwnGitDir } from "../../lib/config/checkout-failure.ts"

test.each([
  [
    "/home/ann/app/.git/worktrees/wt",
    /got a linked work tree: .*"\/home\/ann\/app\/\.git\/worktrees\/wt"/,
    /git clone -b/,
  ],
  ["../app/.git/worktrees/wt", /got a linked work tree/, /git clone -b/],
  ["../.git/modules/api", /got a submodule's folder/, /--source, and this folder as --context/],
  ["../.git/modules/api/worktrees/wt", /got a linked work tree/, /git clone -b/],
  ["C:/repo/.git/worktrees/wt", /got a linked work tree/, /git clone -b/],
  ["/elsewhere/app.git", /whose git folder is elsewhere/, /git clone -b/],
])("refuses a .git file that points to %s, and says what to pass", (folder, got, fix) => {
  const refusal = () => requireOwnGitDir(`gitdir: ${folder}\n`)
  expect(refusal).toThrow(/^SOURCE_INVALID: expected the source's git folder within the source/)
  expect(refusal).toThrow(got)
  expect(refusal).toThrow(fix)
})

test("takes a .git file that points within the source", () => {
  expect(() => requireOwnGitDir("gitdir: ./.bare/worktrees/main\n")).not.toThrow()
})

test("refuses a file .git that is something else", () => {
  expect(() => requireOwnGitDir("hello")).toThrow('got a file .git that says something else: "hello"')
})

test.each([
  ["git-lfs: not found\nfatal: model.bin: clean filter 'lfs' failed", /--remove-section filter\.NAME.*--git-image/],
  ["fatal: unknown repository extension found:\n\tobjectformat", /newer one as --git-image/],
  [
    "fatal: not a git repository: /x/.git/modules/sub\nfatal: 'git status' failed in submodule sub",
    /git submodule update/,
  ],
  ["error: unable to normalize alternate object path: /mirror\nfatal: bad object HEAD", /git repack -a -d/],
  ["fatal: index file corrupt", /counts neither as clean/],
])("says git's own words %j, and what to do", (stderr, fix) => {
  const { message } = checkoutUnreadable(stderr)
  expect(message).toContain(stderr.split("\n").at(-1) ?? "")
  expect(message).toMatch(/^SOURCE_INVALID: expected git to read the source's checkout, got /)
  expect(message).toMatch(fix)
})
