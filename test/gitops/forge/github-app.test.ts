import { createVerify, generateKeyPairSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import {
  AccessTokenAnswer,
  accessTokenRequest,
  appJwt,
  InstallationAnswer,
  installationRequest,
  readAppAnswer,
} from "../../../lib/gitops/forge/github-app.ts"
import { placeOf, said } from "./branches.ts"

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })
const pkcs = (type: "pkcs1" | "pkcs8") => privateKey.export({ type, format: "pem" }).toString()
const place = placeOf("https://api.github.com")
const now = 1_800_000_000.9

function claimsOf(jwt: string): unknown {
  return JSON.parse(Buffer.from(jwt.split(".")[1] ?? "", "base64url").toString())
}

test.each([
  { name: "as GitHub hands it out", key: pkcs("pkcs1") },
  { name: "of the other form", key: pkcs("pkcs8") },
  { name: "on one line", key: pkcs("pkcs1").replaceAll("\n", "\\n") },
])("signs with a key $name, for less than ten minutes", ({ key }) => {
  const jwt = appJwt({ id: "12345", key, now })
  const [header, payload, signature = ""] = jwt.split(".")
  expect(JSON.parse(Buffer.from(header ?? "", "base64url").toString())).toEqual({ alg: "RS256", typ: "JWT" })
  expect(claimsOf(jwt)).toEqual({ iat: 1_799_999_940, exp: 1_800_000_540, iss: "12345" })
  expect(createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(publicKey, signature, "base64url")).toBe(true)
})

test.each([
  { name: "text", key: "hunter2hunter2" },
  {
    name: "a key of another kind",
    key: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  },
])("refuses $name without showing it", ({ key }) => {
  const sign = () => appJwt({ id: "1", key, now })
  expect(sign).toThrow(/^KEY_INVALID: expected the GitHub App's private key/)
  expect(sign).not.toThrow(key.split("\n").at(1) ?? key)
})

test("asks for the installation, and for a token of this repository with no more than is needed", () => {
  expect(installationRequest(place, "jwt")).toMatchObject({
    method: "GET",
    url: "https://api.github.com/repos/acme/deploy/installation",
    headers: { authorization: "Bearer jwt" },
  })
  const asked = (pullRequest: boolean) => accessTokenRequest(place, { jwt: "jwt", installation: 9, pullRequest })
  expect(asked(true)).toMatchObject({
    method: "POST",
    url: "https://api.github.com/app/installations/9/access_tokens",
    body: '{"repositories":["deploy"],"permissions":{"contents":"write","pull_requests":"write"}}',
  })
  expect(asked(false).body).toBe('{"repositories":["deploy"],"permissions":{"contents":"write"}}')
})

describe("an answer", () => {
  const asked = { what: "a token", repository: "acme/deploy" }
  test("is read", () => {
    expect(readAppAnswer(said(200, { id: 9 }), { ...asked, schema: InstallationAnswer })).toEqual({ id: 9 })
  })
  test.each([
    { status: 401, fix: /--git-app-id and --git-app-key belong together/ },
    { status: 404, fix: /Install the App on this repository/ },
    { status: 422, fix: /both Read and write/ },
  ])("of $status says what to look at", ({ status, fix }) => {
    const read = () => readAppAnswer(said(status, { message: "no" }), { ...asked, schema: AccessTokenAnswer })
    expect(read).toThrow(
      `FORGE_REFUSED: expected GitHub to give a token of the App for acme/deploy, got HTTP ${status}: no. `,
    )
    expect(read).toThrow(fix)
  })
  test("of another kind is an error that shows no part of it", () => {
    const read = () => readAppAnswer(said(201, { tok: "hunter2" }), { ...asked, schema: AccessTokenAnswer })
    expect(read).toThrow(/an answer of another kind/)
    expect(read).not.toThrow("hunter2")
  })
})
