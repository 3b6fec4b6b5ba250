import { expect, test } from "vitest"
import { forgeMessage, isDuplicate } from "../../../lib/gitops/forge/forge.ts"
import { httpResponse } from "./branches.ts"

test.each([
  { name: "GitLab and Gitea", response: httpResponse(409), duplicate: true },
  {
    name: "GitHub",
    response: httpResponse(422, { errors: [{ message: "A pull request already exists for acme:x." }] }),
    duplicate: true,
  },
  {
    name: "another error",
    response: httpResponse(422, { message: "No commits between main and x" }),
    duplicate: false,
  },
  { name: "a missing permission", response: httpResponse(403, "already exists"), duplicate: false },
])("recognises a duplicate request: $name", ({ response, duplicate }) => {
  expect(isDuplicate(response)).toBe(duplicate)
})

test.each([
  {
    name: "GitHub",
    json: { message: "Validation Failed", errors: [{ message: "No commits" }] },
    reason: "Validation Failed; No commits",
  },
  { name: "GitHub's GraphQL", json: { data: null, errors: [{ message: "is in draft" }] }, reason: "is in draft" },
  { name: "GitLab", json: { message: ["Another open merge request"] }, reason: '["Another open merge request"]' },
  { name: "GitLab's login", json: { error: "insufficient_scope" }, reason: "insufficient_scope" },
  {
    name: "Gitea",
    json: { errors: null, message: "The target couldn't be found.", url: "https://x" },
    reason: "The target couldn't be found.",
  },
  { name: "Bitbucket", json: { type: "error", error: { message: "no access" } }, reason: "no access" },
  { name: "another response", json: undefined, reason: undefined },
])("reads the error message of $name", ({ json, reason }) => {
  expect(forgeMessage(json)).toBe(reason)
})
