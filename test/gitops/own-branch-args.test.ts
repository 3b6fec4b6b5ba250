import { expect, test } from "vitest"
import { parseGitBranch } from "../../lib/gitops/git-branch.ts"
import { fetchOwnArgs, moveOwnArgs, OWN_TIP, sameFilesArgs } from "../../lib/gitops/own-branch-args.ts"

const own = parseGitBranch("slipway/main/0123456789")
const ref = "refs/heads/slipway/main/0123456789"

/** What follows git's settings. */
function command(args: string[]): string[] {
  return args.slice(args.lastIndexOf("-c") + 2)
}

test("fetches the tip with the commit that it was made on, to where no branch of the checkout is", () => {
  const fetched = ["fetch", "--quiet", "--depth=2", "--no-tags", "origin", `+${ref}:${OWN_TIP}`]
  expect(command(fetchOwnArgs(own))).toEqual(fetched)
  expect(command(sameFilesArgs())).toEqual(["diff", "--quiet", "HEAD", OWN_TIP])
})

test.each([
  { name: "a new branch", move: { to: "new" }, lease: "", refspec: `new:${ref}` },
  { name: "a branch that is there", move: { from: "old", to: "new" }, lease: "old", refspec: `new:${ref}` },
  { name: "a branch to be taken away", move: { from: "old" }, lease: "old", refspec: `:${ref}` },
])("moves $name by force over what was seen there, and over nothing else", ({ move, lease, refspec }) => {
  const args = command(moveOwnArgs(own, move))
  expect(args).toEqual([
    ...["push", "--porcelain", "--no-verify", "--no-follow-tags"],
    ...[`--force-with-lease=${ref}:${lease}`, "origin", refspec],
  ])
})
