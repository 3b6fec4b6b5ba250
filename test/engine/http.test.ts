import type { RequestListener } from "node:http"
import { describe, expect, onTestFinished, test } from "vitest"
import { ATTEMPTS, parseEndpoint, pauseSeconds, send } from "../../lib/engine/http.ts"
import { readBody, startTlsServer } from "../e2e/tls-server.ts"

describe("send", () => {
  const SILENCE = {
    code: "FORGE_REFUSED" as const,
    outcome: "Nothing was opened.",
    authorityFlag: "--git-ca-certificate",
  }

  /** A server whose certificate comes from an authority of its own, as a company's forge has it. */
  async function privateServer(answer: RequestListener) {
    const server = await startTlsServer("localhost", answer)
    onTestFinished(server.stop)
    return { ...server, url: `https://localhost:${server.port}/api` }
  }

  test("a server of a private authority is believed with that authority's certificate, and asked as any other", async () => {
    const { url, authority } = await privateServer(async (asked, answer) => {
      const { method, url: path, headers } = asked
      answer.writeHead(201, { "content-type": "text/plain" })
      answer.end([method, path, headers.authorization, await readBody(asked)].join(" "))
    })
    const request = { method: "POST" as const, url, headers: { authorization: "Bearer t" }, body: "{}" }
    const answer = await send(request, { ...SILENCE, authority })
    expect(answer).toEqual({ status: 201, body: "POST /api Bearer t {}" })
  })

  test("a redirect is no reason to take the token elsewhere", async () => {
    const { url, authority } = await privateServer((_, answer) => {
      answer.writeHead(302, { location: "https://elsewhere.test/" })
      answer.end()
    })
    expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toEqual({
      status: 302,
      body: "",
    })
  })

  test("what stumbles is asked again", async () => {
    let asked = 0
    const { url, authority } = await privateServer((_, answer) => {
      answer.statusCode = ++asked > 1 ? 200 : 503
      answer.end()
    })
    expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toMatchObject({ status: 200 })
  })

  test("without it the certificate to pass is named at once: another try would mend nothing", async () => {
    const { url, port } = await privateServer((_, answer) => void answer.end())
    const began = Date.now()
    await expect(send({ method: "GET", url, headers: {} }, SILENCE)).rejects.toThrow(
      new RegExp(
        `^FORGE_REFUSED: expected an answer of https://localhost:${port}, got (DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\\. Pass the certificate of its authority, as PEM, with --git-ca-certificate\\. Nothing was opened\\.$`,
      ),
    )
    expect(Date.now() - began).toBeLessThan(400)
  })
})

describe("patience", () => {
  test.each([200, 204, 302, 400, 401, 403, 404])("HTTP %i is final", (status) => {
    expect(pauseSeconds({ status, attempt: 1 }, 0)).toBeUndefined()
  })

  test.each([
    { name: "nobody answered", given: {}, random: 1, seconds: 1 },
    { name: "the server broke", given: { status: 500 }, random: 0, seconds: 0.5 },
    { name: "the third try", given: { status: 503, attempt: 3 }, random: 1, seconds: 4 },
    { name: "asked to wait", given: { status: 429, retryAfter: "7" }, random: 0, seconds: 7 },
    { name: "asked to wait for too long", given: { status: 429, retryAfter: "3600" }, random: 0, seconds: 30 },
    {
      name: "a date, which clocks disagree on",
      given: { status: 429, retryAfter: "Wed, 21 Oct 2026" },
      random: 1,
      seconds: 1,
    },
  ])("waits: $name", ({ given, random, seconds }) => {
    expect(pauseSeconds({ attempt: 1, ...given }, random)).toBe(seconds)
  })

  test("gives up after the last try", () => {
    expect(pauseSeconds({ status: 503, attempt: ATTEMPTS }, 0)).toBeUndefined()
    expect(pauseSeconds({ status: 503, attempt: ATTEMPTS - 1 }, 0)).toBeDefined()
  })
})

describe("endpoint", () => {
  test.each([
    "https://sts.eu-west-1.amazonaws.com/",
    "http://127.0.0.1:8080/v1",
    "http://localhost:1",
    "http://[::1]:1/",
  ])("a token may go to %s", (text) => {
    expect(parseEndpoint(text)).toBe(text)
  })

  test.each([
    { text: "http://sts.amazonaws.com/", got: '"http://sts.amazonaws.com/"' },
    { text: "http://127.0.0.1.evil.test/", got: '"http://127.0.0.1.evil.test/"' },
    { text: "http://localhost.evil.test/", got: '"http://localhost.evil.test/"' },
    { text: "ftp://127.0.0.1/", got: '"ftp://127.0.0.1/"' },
    { text: "sts.amazonaws.com", got: '"sts.amazonaws.com"' },
    { text: "https://user:hunter2@sts.amazonaws.com/", got: "one with a login in it" },
  ])("and not to $text", ({ text, got }) => {
    expect(() => parseEndpoint(text)).toThrow(
      `OPTIONS_INVALID: expected an endpoint that starts with https://, got ${got}. `,
    )
    expect(() => parseEndpoint(text)).not.toThrow("hunter2")
  })
})
