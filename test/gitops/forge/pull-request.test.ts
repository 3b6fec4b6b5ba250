import type { File, Secret } from "@dagger.io/dagger"
import { describe, expect, onTestFinished, test } from "vitest"
import { GITHUB } from "../../../lib/gitops/forge/github.ts"
import { findRequest, forgeRefusal, mergeFailure, unreadableResponse } from "../../../lib/gitops/forge/pull-request.ts"
import { startTlsServer } from "../../e2e/tls-server.ts"
import { BRANCHES, httpResponse, placeOf } from "./branches.ts"

describe("refusal", () => {
  const operation = { forge: GITHUB, what: "open a pull request", repository: "acme/deploy" }
  const PERMISSION = /Contents and Pull requests, both Read and write/

  test.each([
    {
      status: 401,
      body: { message: "Bad credentials" },
      got: "HTTP 401: Bad credentials",
      fix: /Replace the token/,
    },
    {
      status: 403,
      body: { message: "Resource not accessible" },
      got: "HTTP 403: Resource not accessible",
      fix: /Grant the token the missing permission/,
    },
    { status: 404, body: { message: "Not Found" }, got: "HTTP 404: Not Found", fix: /--forge-endpoint/ },
    { status: 422, body: { message: "Invalid" }, got: "HTTP 422: Invalid", fix: /no pull request was opened/ },
    { status: 500, body: "<html><p>Oops</p></html>", got: "HTTP 500: Oops", fix: /no pull request was opened/ },
  ])("names the required permissions after HTTP $status", ({ status, body, got, fix }) => {
    const error = forgeRefusal(operation, httpResponse(status, body))
    expect(error.message).toContain(
      `FORGE_REFUSED: expected GitHub to open a pull request in acme/deploy, got ${got}. `,
    )
    expect(error.message).toMatch(fix)
    expect(error.message).toMatch(PERMISSION)
  })

  test("points a redirect to --forge-endpoint", () => {
    expect(forgeRefusal(operation, httpResponse(301, "")).message).toMatch(
      /got HTTP 301: no message\. Set --forge-endpoint/,
    )
  })

  test("points an unreadable response to --forge and --forge-endpoint", () => {
    expect(unreadableResponse(operation, "html_url").message).toMatch(
      /\(html_url\)\. Check --forge and --forge-endpoint/,
    )
  })

  test("reports that a pull request stays open after a refused merge", () => {
    const { message } = mergeFailure(operation, { url: "https://x/7", reason: "in draft", fix: "Undraft it." })
    expect(message).toMatch(
      /merge https:\/\/x\/7 .* got in draft\. Undraft it\. Then run it again: the pull request stays open/,
    )
  })
})

describe("call", () => {
  test("verifies the forge's API with the certificate of git's server", async () => {
    const server = await startTlsServer("localhost", (request, response) => {
      response.end(request.headers.authorization === "Bearer t0ken" ? "[]" : "{}")
    })
    onTestFinished(server.stop)
    const access = {
      forge: GITHUB,
      place: placeOf(`https://localhost:${server.port}`),
      token: { plaintext: async () => "t0ken" } as Secret,
    }
    const authority = { contents: async () => server.authority } as File
    expect(await findRequest(BRANCHES, { ...access, authority })).toBeUndefined()
    await expect(findRequest(BRANCHES, access)).rejects.toThrow(/FORGE_REFUSED: .* with --git-ca-certificate\./)
  })
})
