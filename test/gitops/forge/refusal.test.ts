import { expect, test } from "vitest"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { notMerged, notUnderstood, refusedBy } from "../../../lib/gitops/forge/refusal.ts"
import { said } from "./branches.ts"

const asked = { forge: GITHUB, what: "open a pull request", repository: "acme/deploy" }
const PERMISSION = /Contents and Pull requests, both Read and write/

test.each([
  {
    status: 401,
    body: { message: "Bad credentials" },
    got: "HTTP 401: Bad credentials",
    fix: /did not take the token/,
  },
  {
    status: 403,
    body: { message: "Resource not accessible" },
    got: "HTTP 403: Resource not accessible",
    fix: /is not allowed to/,
  },
  { status: 404, body: { message: "Not Found" }, got: "HTTP 404: Not Found", fix: /--forge-endpoint/ },
  { status: 422, body: { message: "Invalid" }, got: "HTTP 422: Invalid", fix: /No pull request was opened/ },
  { status: 500, body: "<html><p>Oops</p></html>", got: "HTTP 500: Oops", fix: /No pull request was opened/ },
])("HTTP $status names the permission that may be missing", ({ status, body, got, fix }) => {
  const error = refusedBy(asked, said(status, body))
  expect(error.message).toContain(`FORGE_REFUSED: expected GitHub to open a pull request in acme/deploy, got ${got}. `)
  expect(error.message).toMatch(fix)
  expect(error.message).toMatch(PERMISSION)
})

test("a redirect says that the API is elsewhere", () => {
  expect(refusedBy(asked, said(301, "")).message).toMatch(/got HTTP 301: no words\. The API is elsewhere/)
})

test("an answer of another server's points at the address", () => {
  expect(notUnderstood(asked, "html_url").message).toMatch(/\(html_url\)\. Check --forge and --forge-endpoint/)
})

test("a request that is not merged is still open", () => {
  const { message } = notMerged(asked, { url: "https://x/7", words: "in draft", fix: "Undraft it." })
  expect(message).toMatch(/merge https:\/\/x\/7 .* got in draft\. Undraft it\. The pull request is open/)
})
