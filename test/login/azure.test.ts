import { expect, test } from "vitest"
import * as azure from "../../lib/login/azure.ts"

const form = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" }

test("exchanges the token for an app's access token", () => {
  const input = { tenant: "t/../x", client: "c", jwt: "a.b.c" }
  expect(azure.assertionRequest("https://entra.test", input)).toEqual({
    method: "POST",
    url: "https://entra.test/t%2F..%2Fx/oauth2/v2.0/token",
    headers: form,
    body:
      "grant_type=client_credentials&client_id=c&scope=https%3A%2F%2Fcontainerregistry.azure.net%2F.default" +
      "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c",
  })
})

test("exchanges the access token for the registry's refresh token", () => {
  const input = { host: "acme.azurecr.io", tenant: "t", accessToken: "at" }
  expect(azure.registryTokenRequest("https://acme.azurecr.io", input)).toEqual({
    method: "POST",
    url: "https://acme.azurecr.io/oauth2/exchange",
    headers: form,
    body: "grant_type=access_token&service=acme.azurecr.io&tenant=t&access_token=at",
  })
})

test.each([
  { code: "AADSTS700211", fix: /Issuer.*token's iss\.$/ },
  { code: "AADSTS700212", fix: /Audience.*token's aud\.$/ },
  { code: "AADSTS700213", fix: /Subject identifier.*token's sub\.$/ },
  { code: "AADSTS700024", fix: /has expired/ },
  { code: "AADSTS90002", fix: /^Compare iss with / },
])("advises which setting to check after $code", ({ code, fix }) => {
  expect(azure.ASSERTION.advise(JSON.stringify({ error_description: `${code}: No matching …` }))).toMatch(fix)
})

test("names the missing role after a refused push token", () => {
  expect(azure.REGISTRY_TOKEN.advise("")).toContain("AcrPush")
})
