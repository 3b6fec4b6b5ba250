import { createPrivateKey, createSign, type KeyObject, randomUUID } from "node:crypto"
import { dag, type File, type Secret } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { type HttpRequest, type HttpResponse, send } from "../../engine/http.ts"
import { secretText } from "../../engine/secret.ts"
import { SlipwayError } from "../../error.ts"
import type { GitRemote } from "../git/remote.ts"
import { type ForgePlace, refusalText } from "./forge.ts"
import { parseForge } from "./forge-place.ts"
import { githubHeaders } from "./github.ts"

/** GitHub takes ten minutes at most; the minute before is for clocks that are not quite the same. */
const SECONDS = { before: 60, after: 540 }

/** https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app */
export function appJwt({ id, key, now }: { id: string; key: string; now: number }): string {
  const claims = { iat: Math.floor(now) - SECONDS.before, exp: Math.floor(now) + SECONDS.after, iss: id }
  const signed = [{ alg: "RS256", typ: "JWT" }, claims].map(encode).join(".")
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(parseAppKey(key), "base64url")}`
}

/** Which installation of the App has the repository. */
export function installationRequest({ endpoint, repository }: ForgePlace, jwt: string): HttpRequest {
  return { method: "GET", url: `${endpoint}/repos/${repository}/installation`, headers: githubHeaders(jwt) }
}

export const InstallationAnswer = z.object({ id: z.number() })

/** A token for an hour, this one repository, and no more than is needed: https://docs.github.com/en/rest/apps/apps */
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

export const AccessTokenAnswer = z.object({ token: z.string().min(1) })

/** What a call of the App's came to. On success its body may hold a token, so no part of it is shown. */
export function readAppAnswer<T>(
  answer: HttpResponse,
  { schema, what, repository }: { schema: z.ZodType<T>; what: string; repository: string },
): T {
  const { status } = answer
  const succeeded = status >= 200 && status < 300
  const parsed = schema.safeParse(parseJson(answer.body))
  if (succeeded && parsed.success) return parsed.data
  throw new SlipwayError("FORGE_REFUSED", {
    expected: `GitHub to give ${what} of the App for ${repository}`,
    got: succeeded ? "an answer of another kind" : refusalText(answer),
    fix: succeeded ? "Check the endpoint: whoever answers there is not GitHub's API." : appAdvice(status),
  })
}

function appAdvice(status: number): string {
  if (status === 401) return "Check that --git-app-id and --git-app-key belong together, and this machine's clock."
  if (status === 404)
    return "Install the App on this repository (the App's settings > Install App), or check the address."
  return "The App and its installation need the repository permissions Contents and Pull requests, both Read and write."
}

/** As GitHub hands it out, or on one line as CI variables hold it. */
function parseAppKey(text: string): KeyObject {
  try {
    const key = createPrivateKey(text.trim().replaceAll("\\n", "\n"))
    if (key.asymmetricKeyType === "rsa") return key
  } catch {
    // what OpenSSL says of it may quote it
  }
  throw new SlipwayError("KEY_INVALID", {
    expected: "the GitHub App's private key, an RSA key as PEM",
    got: "something else",
    fix: "Generate one in the App's settings (Private keys), and pass the whole file: --git-app-key=file:app.pem.",
  })
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url")
}

/** A GitHub App by its ID (or client ID), with its private key. */
export type GithubApp = { id: string; key: Secret }

/** Both or neither, and no other login beside them. */
export function pairApp(id?: string, key?: Secret, token?: Secret): GithubApp | undefined {
  if (id && key && !token) return { id, key }
  if (!id && !key) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a GitHub App's ID and its private key, and no token beside them",
    got: token ? "a token as well" : `only ${id ? "the ID" : "the key"}`,
    fix: "Pass --git-app-id and --git-app-key, or --git-token.",
  })
}

/** The App itself, where nothing else will do. */
export function requireApp(id?: string, key?: Secret): GithubApp {
  const app = pairApp(id, key)
  if (app) return app
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a GitHub App",
    got: "none",
    fix: "Pass --git-app-id and --git-app-key.",
  })
}

/** `authority` is the certificate of the server's own authority. */
type AppPlace = { remote: GitRemote; endpoint?: string; pullRequest: boolean; authority?: File }

/** A token of the App for this repository alone, valid for an hour. */
export async function appToken(
  { id, key }: GithubApp,
  { remote, endpoint, pullRequest, authority }: AppPlace,
): Promise<Secret> {
  const { place } = parseForge(remote, { forge: "github", ...(endpoint && { endpoint }) })
  const { repository } = place
  // the key signs the call that is to be made, and leaves this process in no other form
  const jwt = appJwt({ id, key: await secretText(key, "--git-app-key"), now: Date.now() / 1000 })
  const trusted = await authority?.contents()
  const found = await ask(installationRequest(place, jwt), trusted)
  const what = { schema: InstallationAnswer, what: "an installation", repository }
  const { id: installation } = readAppAnswer(found, what)
  const given = await ask(accessTokenRequest(place, { jwt, installation, pullRequest }), trusted)
  const { token } = readAppAnswer(given, { schema: AccessTokenAnswer, what: "a token", repository })
  return dag.setSecret(`slipway-github-app-${randomUUID()}`, token)
}

async function ask(request: HttpRequest, authority?: string): Promise<HttpResponse> {
  const outcome = "No token was given."
  return await send(request, { code: "FORGE_REFUSED", outcome, authority, authorityFlag: "--git-ca-certificate" })
}
