import { createPrivateKey, createSign, type KeyObject, randomUUID } from "node:crypto"
import type { File, Secret } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { type HttpRequest, type HttpResponse, send } from "../../engine/http.ts"
import { secretText } from "../../engine/secret.ts"
import { derivedSecret } from "../../engine/secret-use.ts"
import { SlipwayError } from "../../error.ts"
import type { GitRemote } from "../git/remote.ts"
import { type ForgePlace, refusalText } from "./forge.ts"
import { parseForge } from "./forge-place.ts"
import { githubHeaders } from "./github.ts"

/** GitHub accepts at most ten minutes; the minute before now allows for clock skew. */
const SECONDS = { before: 60, after: 540 }

/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
export function appJwt({ id, key, now }: { id: string; key: string; now: number }): string {
  const claims = { iat: Math.floor(now) - SECONDS.before, exp: Math.floor(now) + SECONDS.after, iss: id }
  const signed = [{ alg: "RS256", typ: "JWT" }, claims].map(encode).join(".")
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(parseAppKey(key), "base64url")}`
}

/** Requests the App's installation for the repository. */
export function installationRequest({ endpoint, repository }: ForgePlace, jwt: string): HttpRequest {
  return { method: "GET", url: `${endpoint}/repos/${repository}/installation`, headers: githubHeaders(jwt) }
}

export const InstallationResponse = z.object({ id: z.number() })

/** Requests a token for this repository with the fewest permissions: https://docs.github.com/en/rest/apps/apps */
export function accessTokenRequest(
  { endpoint, repository }: ForgePlace,
  { jwt, installation, pullRequest }: { jwt: string; installation: number; pullRequest: boolean },
): HttpRequest {
  const permissions = { contents: "write", ...(pullRequest && { pull_requests: "write" }) }
  return {
    method: "POST",
    url: `${endpoint}/app/installations/${installation}/access_tokens`,
    headers: { ...githubHeaders(jwt), "content-type": "application/json" },
    body: JSON.stringify({ repositories: [repository.split("/").at(-1)], permissions }),
  }
}

export const AccessTokenResponse = z.object({ token: z.string().min(1) })

/** Reads a response to the App. A successful body may contain a token, so errors show no part of it. */
export function readAppResponse<T>(
  response: HttpResponse,
  { schema, what, repository }: { schema: z.ZodType<T>; what: string; repository: string },
): T {
  const { status } = response
  const succeeded = status >= 200 && status < 300
  const parsed = schema.safeParse(parseJson(response.body))
  if (succeeded && parsed.success) return parsed.data
  throw new SlipwayError("FORGE_REFUSED", {
    expected: `GitHub to return ${what} of the App for ${repository}`,
    got: succeeded ? "another response" : refusalText(response),
    fix: succeeded ? "Check --forge-endpoint: the server there is not GitHub's API." : appAdvice(status),
  })
}

function appAdvice(status: number): string {
  if (status === 401)
    return "Check that --git-app-key is a key of --git-app-id, and that the engine's clock is correct."
  if (status === 404)
    return "Install the App on this repository (the App's settings > Install App), or correct the repository's address."
  return "Grant the App and its installation the repository permissions Contents and Pull requests, both Read and write."
}

/** Reads the PEM as GitHub issues it, or on one line with \n, as in CI variables. */
function parseAppKey(text: string): KeyObject {
  try {
    const key = createPrivateKey(text.trim().replaceAll("\\n", "\n"))
    if (key.asymmetricKeyType === "rsa") return key
  } catch {
    // OpenSSL's message may quote the key
  }
  throw new SlipwayError("KEY_INVALID", {
    expected: "the GitHub App's private key, an RSA key as PEM",
    got: "something else",
    fix: "Generate a key in the App's settings (Private keys), and pass the whole file: --git-app-key=file:app.pem.",
  })
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}

/** A GitHub App by its ID (or client ID), with its private key. */
export type GithubApp = { id: string; key: Secret }

/** Requires both or neither, and no token with them. */
export function pairApp(id?: string, key?: Secret, token?: Secret): GithubApp | undefined {
  if (id && key && !token) return { id, key }
  if (!id && !key) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--git-app-id and --git-app-key together, without --git-token",
    got: token ? "a token as well" : `only ${id ? "the ID" : "the key"}`,
    fix: "Pass --git-app-id and --git-app-key, or --git-token.",
  })
}

/** Requires the App, for a function that works with nothing else. */
export function requireApp(id?: string, key?: Secret): GithubApp {
  const app = pairApp(id, key)
  if (app) return app
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a GitHub App",
    got: "none",
    fix: "Pass --git-app-id and --git-app-key.",
  })
}

/** `authority` is the certificate of the server's authority. */
type AppPlace = { remote: GitRemote; endpoint?: string; pullRequest: boolean; authority?: File }

/** Creates a token of the App for this repository only, valid for an hour. */
export async function appToken(
  { id, key }: GithubApp,
  { remote, endpoint, pullRequest, authority }: AppPlace,
): Promise<Secret> {
  const { place } = parseForge(remote, { forge: "github", ...(endpoint && { endpoint }) })
  const { repository } = place
  // the key signs the request and does not leave this process
  const jwt = appJwt({ id, key: await secretText(key, "--git-app-key"), now: Date.now() / 1000 })
  const trusted = await authority?.contents()
  const found = await call(installationRequest(place, jwt), trusted)
  const what = { schema: InstallationResponse, what: "an installation", repository }
  const { id: installation } = readAppResponse(found, what)
  const given = await call(accessTokenRequest(place, { jwt, installation, pullRequest }), trusted)
  const { token } = readAppResponse(given, { schema: AccessTokenResponse, what: "a token", repository })
  return derivedSecret(`slipway-github-app-${randomUUID()}`, token, [key])
}

async function call(request: HttpRequest, authority?: string): Promise<HttpResponse> {
  const outcome = "No token was created."
  return await send(request, { code: "FORGE_REFUSED", outcome, authority, authorityFlag: "--git-ca-certificate" })
}
