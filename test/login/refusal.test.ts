import { expect, test } from "vitest"
import { z } from "zod"
import { parseIdToken } from "../../lib/login/claims.ts"
import { type Exchange, policyAdvice, readAnswer } from "../../lib/login/refusal.ts"
import { jobToken } from "./job-token.ts"

const exchange: Exchange = { who: "Acme", what: "a key", advise: (body) => `Look at ${body.length} bytes.` }
const schema = z.object({ key: z.string() })

test("reads what was asked for, and drops the rest", () => {
  expect(readAnswer({ status: 201, body: '{"key":"k","more":1}' }, { exchange, schema })).toEqual({ key: "k" })
})

test.each([
  { name: "no JSON", body: "<html>hunter2</html>", got: "something else: its form" },
  { name: "another field", body: '{"token":"hunter2"}', got: "something else: key" },
])("a success with $name is an error that shows no part of it", ({ body, got }) => {
  const read = () => readAnswer({ status: 200, body }, { exchange, schema })
  expect(read).toThrow(`LOGIN_REFUSED: expected Acme to answer with a key, got ${got}. `)
  expect(read).not.toThrow("hunter2")
})

test("a refusal shows the claims as they came, the provider's words, and what to look at", () => {
  const token = parseIdToken(jobToken({ iss: "https://gitlab.example.com" }), 0)
  expect(() => readAnswer({ status: 403, body: "no\n  way" }, { exchange, schema, token })).toThrow(
    'LOGIN_REFUSED: expected Acme to give a key for a token with iss "https://gitlab.example.com", aud "sts.amazonaws.com", ' +
      'sub "repo:acme@1/app@2:ref:refs/heads/main", got HTTP 403: no way. Look at 8 bytes.',
  )
})

test("a refusal that repeats the token does not show it", () => {
  const jwt = jobToken()
  const read = () => readAnswer({ status: 400, body: `bad token ${jwt}!` }, { exchange, schema })
  expect(read).toThrow("got HTTP 400: bad token <token>!.")
  expect(read).not.toThrow(jwt)
})

test.each([
  { body: "", got: "HTTP 500: no words." },
  { body: "x".repeat(600), got: `HTTP 500: ${"x".repeat(500)}.` },
])("a refusal has short words", ({ body, got }) => {
  expect(() => readAnswer({ status: 500, body }, { exchange, schema })).toThrow(`got ${got}`)
})

const policy = { iss: "the issuer field", aud: "the audience field", sub: "the subject field" }
test.each([
  { claim: "sub" as const, advice: "Look at the subject field: it does not match the token's sub." },
  {
    claim: undefined,
    advice: "Compare iss with the issuer field, aud with the audience field, sub with the subject field.",
  },
])("what to look at for $claim", ({ claim, advice }) => {
  expect(policyAdvice(policy, claim)).toBe(advice)
})
