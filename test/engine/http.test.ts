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

  /** A server with a certificate of a private authority, such as a company's forge. */
  async function privateServer(listener: RequestListener) {
    const server = await startTlsServer("localhost", listener)
    onTestFinished(server.stop)
    return { ...server, url: `https://localhost:${server.port}/api` }
  }

  test("trusts a server of a private authority if that authority's certificate is passed", async () => {
    const { url, authority } = await privateServer(async (received, response) => {
      const { method, url: path, headers } = received
      response.writeHead(201, { "content-type": "text/plain" })
      response.end([method, path, headers.authorization, await readBody(received)].join(" "))
    })
    const request = { method: "POST" as const, url, headers: { authorization: "Bearer t" }, body: "{}" }
    const response = await send(request, { ...SILENCE, authority })
    expect(response).toEqual({ status: 201, body: "POST /api Bearer t {}" })
  })

  test("does not follow a redirect, which would send the token elsewhere", async () => {
    const { url, authority } = await privateServer((_, response) => {
      response.writeHead(302, { location: "https://elsewhere.test/" })
      response.end()
    })
    expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toEqual({
      status: 302,
      body: "",
    })
  })

  test("retries after HTTP 503", async () => {
    let requests = 0
    const { url, authority } = await privateServer((_, response) => {
      response.statusCode = ++requests > 1 ? 200 : 503
      response.end()
    })
    expect(await send({ method: "GET", url, headers: {} }, { ...SILENCE, authority })).toMatchObject({ status: 200 })
  })

  test("names the flag for the authority's certificate without a retry, if verification fails", async () => {
    const { url, port } = await privateServer((_, response) => void response.end())
    const began = Date.now()
    await expect(send({ method: "GET", url, headers: {} }, SILENCE)).rejects.toThrow(
      new RegExp(
        `^FORGE_REFUSED: expected a response from https://localhost:${port}, got (DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)\\. Pass the PEM certificate of its authority with --git-ca-certificate\\. Nothing was opened\\.$`,
      ),
    )
    expect(Date.now() - began).toBeLessThan(400)
  })
})

describe("pause", () => {
  test.each([200, 204, 302, 400, 401, 403, 404])("HTTP %i is final", (status) => {
    expect(pauseSeconds({ status, attempt: 1 }, 0)).toBeUndefined()
  })

  test.each([
    { name: "no response", given: {}, random: 1, seconds: 1 },
    { name: "a server error", given: { status: 500 }, random: 0, seconds: 0.5 },
    { name: "the third try", given: { status: 503, attempt: 3 }, random: 1, seconds: 4 },
    { name: "a Retry-After header", given: { status: 429, retryAfter: "7" }, random: 0, seconds: 7 },
    {
      name: "a Retry-After header above the limit",
      given: { status: 429, retryAfter: "3600" },
      random: 0,
      seconds: 30,
    },
    {
      name: "a Retry-After header with a date, because clocks differ",
      given: { status: 429, retryAfter: "Wed, 21 Oct 2026" },
      random: 1,
      seconds: 1,
    },
  ])("waits $seconds s after $name", ({ given, random, seconds }) => {
    expect(pauseSeconds({ attempt: 1, ...given }, random)).toBe(seconds)
  })

  test("gives up after the last attempt", () => {
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
  ])("allows %s", (text) => {
    expect(parseEndpoint(text)).toBe(text)
  })

  test.each([
    { text: "http://sts.amazonaws.com/", got: '"http://sts.amazonaws.com/"' },
    { text: "http://127.0.0.1.evil.test/", got: '"http://127.0.0.1.evil.test/"' },
    { text: "http://localhost.evil.test/", got: '"http://localhost.evil.test/"' },
    { text: "ftp://127.0.0.1/", got: '"ftp://127.0.0.1/"' },
    { text: "sts.amazonaws.com", got: '"sts.amazonaws.com"' },
    { text: "https://user:hunter2@sts.amazonaws.com/", got: "an address with a login in it" },
  ])("refuses $text", ({ text, got }) => {
    expect(() => parseEndpoint(text)).toThrow(
      `OPTIONS_INVALID: expected an endpoint that starts with https://, got ${got}. `,
    )
    expect(() => parseEndpoint(text)).not.toThrow("hunter2")
  })
})
