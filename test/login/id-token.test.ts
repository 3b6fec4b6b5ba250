import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { dag, type Secret } from "@dagger.io/dagger"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { openSecret } from "../../lib/engine/secret.ts"
import {
  IdTokenAnswer,
  idTokenRequest,
  sharedSeconds,
  signingToken,
  type TokenSource,
} from "../../lib/login/id-token.ts"
import { jobToken } from "./job-token.ts"

describe("github token", () => {
  test("requests a token for one audience, and keeps the URL's parameters", () => {
    const url = "https://runner.test/idtoken/1/2?api-version=2.0"
    expect(idTokenRequest("api://AzureADTokenExchange", { url, token: "t" })).toEqual({
      method: "GET",
      url: `${url}&audience=api%3A%2F%2FAzureADTokenExchange`,
      headers: { accept: "application/json", authorization: "Bearer t" },
    })
  })

  test.each([{ value: "" }, {}, { value: null }])("refuses the response %o without a token", (response) => {
    expect(IdTokenAnswer.safeParse(response).success).toBe(false)
  })
})

describe("id token", () => {
  const secret = (text: string) => ({ plaintext: async () => text }) as unknown as Secret
  /** The text of the secret. */
  const opened = async (source?: ReturnType<typeof signingToken>) =>
    await (await openSecret(source ?? secret(""))).plaintext()

  const requests: { url?: string; authorization?: string }[] = []
  let status = 200
  /** GitHub's runner, which returns a new token for each request. */
  const runner = createServer(({ url, headers: { authorization } }, response) => {
    requests.push({ url, authorization })
    response.writeHead(status).end(JSON.stringify({ value: jobToken({ jti: String(requests.length) }) }))
  })
  beforeAll(() => new Promise<void>((done) => runner.listen(0, "127.0.0.1", done)))
  afterAll(() => new Promise((done) => runner.close(done)))
  const variables = (): TokenSource => {
    const { port } = runner.address() as AddressInfo
    return {
      requestUrl: secret(`http://127.0.0.1:${port}/token?api-version=2.0\n`),
      requestToken: secret("runner's\n"),
    }
  }

  beforeEach(() => {
    requests.length = 0
    status = 200
    vi.spyOn(dag, "setSecret").mockImplementation((_, text) => secret(text))
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  describe("signing token", () => {
    test("is the caller's, or undefined", async () => {
      expect(await opened(signingToken({ token: secret(jobToken()) }))).toBe(jobToken())
      expect(signingToken({})).toBeUndefined()
    })

    test("of the caller is refused right before signing if it has expired since", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: 1_790_000_000_000 })
      const source = signingToken({ token: secret(jobToken({ exp: 1_790_000_030 })) })
      await opened(source)
      vi.setSystemTime(1_790_000_031_000)
      await expect(opened(source)).rejects.toThrow(
        /^LOGIN_REFUSED: expected an identity token that is valid when the image is signed, got one that expired at 2026-09-21T\S+\. On GitHub, pass --request-url .* on GitLab, raise the job's timeout/,
      )
    })

    test.each([
      { name: "a minute of a long one", expiry: 1_000, seconds: 60 },
      { name: "half of what a short one has left", expiry: 130, seconds: 15 },
      { name: "nothing of an expired one", expiry: 90, seconds: -5 },
      { name: "a minute of one without an end", expiry: undefined, seconds: 60 },
    ])("is shared for $name", ({ expiry, seconds }) => expect(sharedSeconds(expiry, 100)).toBe(seconds))

    test.each<[string, () => TokenSource]>([
      ["the address alone", () => ({ requestUrl: variables().requestUrl })],
      ["the runner's token alone", () => ({ requestToken: variables().requestToken })],
      ["a token and both variables", () => ({ token: secret("own"), ...variables() })],
      ["a token and one of them", () => ({ token: secret("own"), requestUrl: variables().requestUrl })],
    ])("is refused with %s", (_, source) => {
      expect(() => signingToken(source())).toThrow(
        /^OPTIONS_INVALID: expected the job's OIDC token, or both of GitHub's request variables, .* Pass --identity-token, or --request-url=env:ACTIONS_ID_TOKEN_REQUEST_URL/,
      )
    })

    test("is requested for Sigstore's audience when it is used", async () => {
      const source = signingToken(variables())
      expect(requests).toEqual([])
      expect(await opened(source)).toBe(jobToken({ jti: "1" }))
      expect(requests).toEqual([{ url: "/token?api-version=2.0&audience=sigstore", authorization: "Bearer runner's" }])
    })

    test("is shared for a minute, and then requested again", async () => {
      vi.useFakeTimers({ toFake: ["Date"], now: 1_790_000_000_000 })
      const source = signingToken(variables())
      expect(await Promise.all([opened(source), opened(source)])).toEqual([
        jobToken({ jti: "1" }),
        jobToken({ jti: "1" }),
      ])
      vi.setSystemTime(1_790_000_060_000)
      expect(await opened(source)).toBe(jobToken({ jti: "1" }))
      vi.setSystemTime(1_790_000_060_001)
      expect(await opened(source)).toBe(jobToken({ jti: "2" }))
    })

    test("is refused with the missing permission if GitHub returns none", async () => {
      status = 403
      await expect(opened(signingToken(variables()))).rejects.toThrow(/^LOGIN_REFUSED: .*id-token: write/)
    })
  })
})
