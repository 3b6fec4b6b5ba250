import { expect, test } from "vitest"
import { parseGitBranch } from "../../lib/gitops/git-branch.ts"

test.each(["main", "env/prod", "release-1.2", "slipway/web-0a1b2c", "größe"])("takes %s", (text) => {
  expect(parseGitBranch(text)).toBe(text)
})

test.each([
  { name: "nothing", text: "" },
  { name: "a whole ref", text: "refs/heads/main" },
  { name: "an option", text: "--mirror" },
  { name: "a refspec", text: "main:other" },
  { name: "a forced refspec", text: "main^" },
  { name: "two dots", text: "a..b" },
  { name: "a space", text: "my branch" },
  { name: "a line end", text: "main\n" },
  { name: "a hidden part", text: "a/.b" },
  { name: "a lock", text: "main.lock" },
  { name: "a slash at the end", text: "main/" },
  { name: "an at sign alone", text: "@" },
  { name: "a reflog", text: "main@{1}" },
  { name: "a wildcard", text: "release/*" },
])("refuses $name", ({ text }) => {
  expect(() => parseGitBranch(text)).toThrow("OPTIONS_INVALID: expected the name of a branch")
})
