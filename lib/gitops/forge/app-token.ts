import { randomUUID } from "node:crypto"
import { dag, type File, type Secret } from "@dagger.io/dagger"
import { type HttpRequest, type HttpResponse, send } from "../../engine/http.ts"
import { secretText } from "../../engine/secret.ts"
import { SlipwayError } from "../../error.ts"
import type { GitRemote } from "../git-remote.ts"
import { parseForge } from "./forge-place.ts"
import {
  AccessTokenAnswer,
  accessTokenRequest,
  appJwt,
  InstallationAnswer,
  installationRequest,
  readAppAnswer,
} from "./github-app.ts"

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
export type AppPlace = { remote: GitRemote; endpoint?: string; pullRequest: boolean; authority?: File }

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
