import { expect, test } from "vitest"
import { HUB, hubTokenRequest } from "../../lib/login/docker-hub.ts"

const input = { connection: "123e4567", lifetime: 300, jwt: "a.b.c" }

test("exchanges the token through the organisation's connection", () => {
  expect(hubTokenRequest("https://hub.test/oauth/token", input)).toEqual({
    method: "POST",
    url: "https://hub.test/oauth/token",
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body:
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange" +
      "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token&subject_token=a.b.c" +
      "&connection_id=123e4567&expires_in=300",
  })
})

test.each([299, 3601, Number.NaN])("refuses a lifetime of %d", (lifetime) => {
  expect(() => hubTokenRequest("https://hub.test", { ...input, lifetime })).toThrow(
    `OPTIONS_INVALID: expected a lifetime from 300 to 3600 seconds, got ${lifetime}. `,
  )
})

test.each([
  { words: "no ruleset matches the subject", fix: /rulesets .*token's sub\. Check/ },
  { words: "invalid audience", fix: /identity\.docker\.com.*token's aud\. Check/ },
  { words: "unknown issuer", fix: /provider in Docker Home.*token's iss\. Check/ },
  { words: "token is expired", fix: /has expired/ },
  { words: "not found", fix: /Compare iss with .* Check the connection's ID/ },
])("advises which setting to check after: $words", ({ words, fix }) => {
  expect(HUB.advise(JSON.stringify({ message: words }))).toMatch(fix)
})
