import { createVerify, generateKeyPairSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import {
  AccessTokenResponse,
  accessTokenRequest,
  appJwt,
  InstallationResponse,
  installationRequest,
  readAppResponse,
} from "../../../lib/gitops/forge/github-app.ts"
import { httpResponse, placeOf } from "./branches.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pkcs = (type: "pkcs1" | "pkcs8") => privateKey.export({ type, format: "pem" }).toString()
const place = placeOf("https://api.github.com")
const now = 1_800_000_000.9

function claimsOf(jwt: string): unknown {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString())
}

test.each([
  { name: "in PKCS #1, as GitHub issues it", key: pkcs("pkcs1") },
  { name: "in PKCS #8", key: pkcs("pkcs8") },
  { name: "on one line", key: pkcs("pkcs1").replaceAll("\n", "\\n") },
])("signs a JWT for less than ten minutes with a key $name", ({ key }) => {
  const jwt = appJwt({ id: "12345", key, now })
  const [header, payload, signature = ""] = jwt.split(".")
  expect(JSON.parse(Buffer.from(header ?? "", "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT" })
  expect(claimsOf(jwt)).toEqual({ iat: 1_799_999_940, exp: 1_800_000_540, iss: "12345" })
  expect(createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(publicKey, signature, "base64url")).toBe(true)
})

test.each([
  { name: "text", key: "hunter2hunter2" },
  {
    name: "an elliptic-curve key",
    key: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  },
])("refuses $name and does not show it", ({ key }) => {
  const sign = () => appJwt({ id: "1", key, now })
  expect(sign).toThrow(/^KEY_INVALID: expected the GitHub App's private key/)
  expect(sign).not.toThrow(key.split("\n").at(1) ?? key)
})

test("requests the installation, and a token for this repository with the fewest permissions", () => {
  expect(installationRequest(place, "jwt")).toMatchObject({
    method: "GET",
    url: "https://api.github.com/repos/acme/deploy/installation",
    headers: { authorization: "Bearer jwt" },
  })
  const requestFor = (pullRequest: boolean) => accessTokenRequest(place, { jwt: "jwt", installation: 9, pullRequest })
  expect(requestFor(true)).toMatchObject({
    method: "POST",
    url: "https://api.github.com/app/installations/9/access_tokens",
    body: '{"repositories":["deploy"],"permissions":{"contents":"write","pull_requests":"write"}}',
  })
  expect(requestFor(false).body).toBe('{"repositories":["deploy"],"permissions":{"contents":"write"}}')
})

describe("response to the App", () => {
  const reading = { what: "a token", repository: "acme/deploy" }
  test("reads a response", () => {
    expect(readAppResponse(httpResponse(200, { id: 9 }), { ...reading, schema: InstallationResponse })).toEqual({
      id: 9,
    })
  })
  test.each([
    { status: 401, fix: /Check that --git-app-key is a key of --git-app-id/ },
    { status: 404, fix: /Install the App on this repository/ },
    { status: 422, fix: /both Read and write/ },
  ])("explains HTTP $status", ({ status, fix }) => {
    const read = () =>
      readAppResponse(httpResponse(status, { message: "no" }), { ...reading, schema: AccessTokenResponse })
    expect(read).toThrow(
      `FORGE_REFUSED: expected GitHub to return a token of the App for acme/deploy, got HTTP ${status}: no. `,
    )
    expect(read).toThrow(fix)
  })
  test("refuses another response and does not show it", () => {
    const read = () =>
      readAppResponse(httpResponse(201, { tok: "hunter2" }), { ...reading, schema: AccessTokenResponse })
    expect(read).toThrow(/got another response\./)
    expect(read).not.toThrow("hunter2")
  })
})
