import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { parseCheckout, readRevision } from "../../lib/config/source-revision.ts"

/** What of a folder is asked before git is. */
function folder(entries: string[], gitFile: () => Promise<string> = async () => ""): Directory {
  return { entries: async () => entries, file: () => ({ contents: gitFile }) } as unknown as Directory
}

test("a source without .git has no revision", async () => {
  expect(await readRevision(folder(["src/", ".github/"]), "git")).toBeUndefined()
})

test("a linked work tree is an error that says so, and no source without git", async () => {
  const source = folder([".git"], async () => "gitdir: /home/ann/app/.git/worktrees/wt\n")
  await expect(readRevision(source, "git")).rejects.toThrow(/^SOURCE_INVALID: .*a linked work tree/)
})

test("a link .git is an error too", async () => {
  const source = folder([".git"], async () => {
    throw new Error("too many links")
  })
  await expect(readRevision(source, "git")).rejects.toThrow(/^SOURCE_INVALID: .*too many links/)
})

test("reads what the program printed", () => {
  const status = "# branch.oid c0ffee\n# branch.head main\n? new\n"
  expect(parseCheckout(`c0ffee\n7\nHEAD -> main, tag: v1\n\n${status}`)).toEqual({
    ...{ commit: "c0ffee", time: 7, branch: "main", tags: ["v1"], dirty: true, changes: ["new: untracked"] },
  })
  expect(parseCheckout("# branch.oid (initial)\n# branch.head main\n? new\n")).toBeUndefined()
})
