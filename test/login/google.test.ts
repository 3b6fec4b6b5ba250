import { expect, test } from "vitest"
import * as google from "../../lib/login/google.ts"

const provider = "projects/42/locations/global/workloadIdentityPools/ci/providers/github"

test("reads a provider's full name, which is in its audience", () => {
  expect(google.parseProvider(provider)).toBe(provider)
  expect(google.defaultAudience(provider)).toBe(`https://iam.googleapis.com/${provider}`)
})

test.each(["github", provider.replace("42", "my-project"), `//iam.googleapis.com/${provider}`, `${provider}\n`])(
  "refuses %j, which Google would not know",
  (text) => {
    expect(() => google.parseProvider(text)).toThrow(/^OPTIONS_INVALID: expected projects\/NUMBER\//)
  },
)

test("exchanges the token", () => {
  const { body, ...request } = google.federationRequest("https://sts.test/v1/token", { provider, jwt: "a.b.c" })
  expect(request).toEqual({
    method: "POST",
    url: "https://sts.test/v1/token",
    headers: { "content-type": "application/json" },
  })
  expect(JSON.parse(body ?? "")).toEqual({
    grantType: "urn:ietf:params:oauth:grant-type:token-exchange",
    audience: `//iam.googleapis.com/${provider}`,
    scope: "https://www.googleapis.com/auth/cloud-platform",
    requestedTokenType: "urn:ietf:params:oauth:token-type:access_token",
    subjectToken: "a.b.c",
    subjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
  })
})

test("impersonates a service account, with its name encoded in the URL", () => {
  const input = { serviceAccount: "push@p.iam.gserviceaccount.com/../x", accessToken: "at" }
  expect(google.impersonationRequest("https://iam.test", input)).toEqual({
    method: "POST",
    url: "https://iam.test/v1/projects/-/serviceAccounts/push%40p.iam.gserviceaccount.com%2F..%2Fx:generateAccessToken",
    headers: { authorization: "Bearer at", "content-type": "application/json" },
    body: '{"scope":["https://www.googleapis.com/auth/cloud-platform"],"lifetime":"3600s"}',
  })
})

test.each([
  {
    words: "The audience in ID Token [x] does not match the expected audience.",
    fix: /allowed audiences.*token's aud\.$/,
  },
  { words: "The given credential is rejected by the attribute condition.", fix: /attribute condition.*token's sub\.$/ },
  { words: "The issuer in ID Token x does not match the expected ones.", fix: /issuer URI.*token's iss\.$/ },
  { words: "ID Token issued at 1 is stale to sign-in.", fix: /has expired/ },
  { words: "internal", fix: /^Compare iss with .*, aud with .*, sub with / },
])("advises which setting to check after: $words", ({ words, fix }) => {
  expect(google.FEDERATION.advise(JSON.stringify({ error: "invalid_grant", error_description: words }))).toMatch(fix)
})

test("names the missing role after a refused impersonation", () => {
  expect(google.IMPERSONATION.advise("")).toContain("roles/iam.workloadIdentityUser")
})
