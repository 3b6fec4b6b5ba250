import { expect, test } from "vitest"
import { forgeMessage, isDuplicate } from "../../../lib/gitops/forge/forge.ts"
import { said } from "./branches.ts"

test.each([
  { name: "GitLab and Gitea", answer: said(409), double: true },
  {
    name: "GitHub",
    answer: said(422, { errors: [{ message: "A pull request already exists for acme:x." }] }),
    double: true,
  },
  {
    name: "another fault of the proposal",
    answer: said(422, { message: "No commits between main and x" }),
    double: false,
  },
  { name: "a login that may not", answer: said(403, "already exists"), double: false },
])("knows a request that another run has just opened: $name", ({ answer, double }) => {
  expect(isDuplicate(answer)).toBe(double)
})

test.each([
  {
    name: "GitHub",
    json: { message: "Validation Failed", errors: [{ message: "No commits" }] },
    words: "Validation Failed; No commits",
  },
  { name: "GitHub's GraphQL", json: { data: null, errors: [{ message: "is in draft" }] }, words: "is in draft" },
  { name: "GitLab", json: { message: ["Another open merge request"] }, words: '["Another open merge request"]' },
  { name: "GitLab's login", json: { error: "insufficient_scope" }, words: "insufficient_scope" },
  {
    name: "Gitea",
    json: { errors: null, message: "The target couldn't be found.", url: "https://x" },
    words: "The target couldn't be found.",
  },
  { name: "Bitbucket", json: { type: "error", error: { message: "no access" } }, words: "no access" },
  { name: "nobody", json: undefined, words: undefined },
])("reads the words of $name", ({ json, words }) => {
  expect(forgeMessage(json)).toBe(words)
})
