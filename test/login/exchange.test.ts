import { describe, expect, test } from "vitest"
import { z } from "zod"
import { type Exchange, parseIdToken, policyAdvice, readAnswer, renderClaims } from "../../lib/login/exchange.ts"
import { CLAIMS, jobToken } from "./job-token.ts"

describe("claims", () => {
  test("reads a token's claims, and keeps the token", () => {
    const jwt = jobToken()
    const token = parseIdToken(`${jwt}\n`, 0)
    expect(token).toEqual({ jwt, claims: CLAIMS })
    expect(renderClaims(token.claims)).toBe(
      'iss "https://token.actions.githubusercontent.com", aud "sts.amazonaws.com", sub "repo:acme@1/app@2:ref:refs/heads/main"',
    )
  })

  test("renders every audience of a token", () => {
    expect(renderClaims({ iss: "i", sub: "s", aud: ["a", "b"] })).toBe('iss "i", aud "a" and "b", sub "s"')
  })

  test.each([
    { name: "an empty text", text: "" },
    { name: "an opaque token", text: "ghs_0123456789abcdef" },
    { name: "a token without claims", text: `a.${Buffer.from("[]").toString("base64url")}.c` },
    { name: "a token whose claims are not JSON", text: "a.b.c" },
    { name: "a token without a subject", text: jobToken({ sub: undefined }) },
  ])("refuses $name without showing it", ({ text }) => {
    expect(() => parseIdToken(text, 0)).toThrow(
      /^OPTIONS_INVALID: expected an OIDC token .*, got a value of another format\. Pass ACTIONS_ID_TOKEN_REQUEST_URL/,
    )
  })

  test.each([
    { exp: 1000, now: 1060, refused: false },
    { exp: 1000, now: 1061, refused: true },
  ])("refuses a token that expired at $exp at the time $now: $refused", ({ exp, now, refused }) => {
    const parse = () => parseIdToken(jobToken({ exp }), now)
    if (!refused) return expect(parse().claims.exp).toBe(exp)
    expect(parse).toThrow(
      /^LOGIN_REFUSED: .*sub "repo:acme@1.*expired at 1970-01-01T00:16:40\.000Z\. Request the token/,
    )
  })
})

describe("refusal", () => {
  const exchange: Exchange = { who: "Acme", what: "a key", advise: (body) => `Look at ${body.length} bytes.` }
  const schema = z.object({ key: z.string() })

  test("reads the expected fields only", () => {
    expect(readAnswer({ status: 201, body: '{"key":"k","more":1}' }, { exchange, schema })).toEqual({ key: "k" })
  })

  test.each([
    { name: "text that is not JSON", body: "<html>hunter2</html>", got: "a response without valid JSON" },
    { name: "another field", body: '{"token":"hunter2"}', got: "a response without key" },
  ])("refuses a success with $name without showing it", ({ body, got }) => {
    const read = () => readAnswer({ status: 200, body }, { exchange, schema })
    expect(read).toThrow(`LOGIN_REFUSED: expected Acme to return a key, got ${got}. `)
    expect(read).not.toThrow("hunter2")
  })

  test("shows the claims, the provider's message and the advice after a refusal", () => {
    const token = parseIdToken(jobToken({ iss: "https://gitlab.example.com" }), 0)
    expect(() => readAnswer({ status: 403, body: "no\n  way" }, { exchange, schema, token })).toThrow(
      'LOGIN_REFUSED: expected Acme to give a key for a token with iss "https://gitlab.example.com", aud "sts.amazonaws.com", ' +
        'sub "repo:acme@1/app@2:ref:refs/heads/main", got HTTP 403: no way. Look at 8 bytes.',
    )
  })

  test("does not show a token that a refusal repeats", () => {
    const jwt = jobToken()
    const read = () => readAnswer({ status: 400, body: `bad token ${jwt}!` }, { exchange, schema })
    expect(read).toThrow("got HTTP 400: bad token <token>!.")
    expect(read).not.toThrow(jwt)
  })

  test.each([
    { body: "", got: "HTTP 500: no response body." },
    { body: "x".repeat(600), got: `HTTP 500: ${"x".repeat(500)}.` },
  ])("shortens a refusal's message", ({ body, got }) => {
    expect(() => readAnswer({ status: 500, body }, { exchange, schema })).toThrow(`got ${got}`)
  })

  const policy = { iss: "the issuer field", aud: "the audience field", sub: "the subject field" }
  test.each([
    { claim: "sub" as const, advice: "Check the subject field: it does not match the token's sub." },
    {
      claim: undefined,
      advice: "Compare iss with the issuer field, aud with the audience field, sub with the subject field.",
    },
  ])("advises which setting to check for $claim", ({ claim, advice }) => {
    expect(policyAdvice(policy, claim)).toBe(advice)
  })
})
