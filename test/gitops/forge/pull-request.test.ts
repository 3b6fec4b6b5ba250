import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, onTestFinished, test } from "vitest"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { findRequest, forgeRefusal, mergeFailure, unreadableAnswer } from "../../../lib/gitops/forge/pull-request.ts"
import { startTlsServer } from "../../e2e/tls-server.ts"
import { BRANCHES, placeOf, said } from "./branches.ts"

describe("refusal", () => {
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
    const error = forgeRefusal(asked, said(status, body))
    expect(error.message).toContain(
      `FORGE_REFUSED: expected GitHub to open a pull request in acme/deploy, got ${got}. `,
    )
    expect(error.message).toMatch(fix)
    expect(error.message).toMatch(PERMISSION)
  })

  test("a redirect says that the API is elsewhere", () => {
    expect(forgeRefusal(asked, said(301, "")).message).toMatch(/got HTTP 301: no words\. The API is elsewhere/)
  })

  test("an answer of another server's points at the address", () => {
    expect(unreadableAnswer(asked, "html_url").message).toMatch(/\(html_url\)\. Check --forge and --forge-endpoint/)
  })

  test("a request that is not merged is still open", () => {
    const { message } = mergeFailure(asked, { url: "https://x/7", words: "in draft", fix: "Undraft it." })
    expect(message).toMatch(/merge https:\/\/x\/7 .* got in draft\. Undraft it\. The pull request is open/)
  })
})

describe("ask", () => {
  test("a forge of a private authority is asked with the certificate that git is given", async () => {
    const server = await startTlsServer("localhost", (asked, answer) => {
      answer.end(asked.headers.authorization === "Bearer t0ken" ? "[]" : "{}")
    })
    onTestFinished(server.stop)
    const desk = {
      forge: GITHUB,
      place: placeOf(`https://localhost:${server.port}`),
      token: { plaintext: async () => "t0ken" } as Secret,
    }
    const authority = { contents: async () => server.authority } as File
    expect(await findRequest(BRANCHES, { ...desk, authority })).toBeUndefined()
    await expect(findRequest(BRANCHES, desk)).rejects.toThrow(/FORGE_REFUSED: .* with --git-ca-certificate\./)
  })
})
