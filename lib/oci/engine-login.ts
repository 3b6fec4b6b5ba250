import { randomUUID } from "node:crypto"
import { dag, type Secret } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { ENGINE, noteUse } from "../engine/secret-use.ts"
import { SlipwayError } from "../error.ts"
import { isHubHost, type RegistryInput } from "./registry-access.ts"

/** A login for the engine. An identity token has no user: https://distribution.github.io/distribution/spec/auth/oauth/ */
export type EngineLogin = { host: string; username: string; password: string }

const Config = z.object({ auths: z.record(z.string(), z.unknown()).default({}) })
const Entry = z
  .object({ auth: z.string(), username: z.string(), password: z.string(), identitytoken: z.string() })
  .partial()

/**
 * The logins in a docker config.json that the engine can use. Without those for a path in a registry, because the engine
 * keeps logins by host, and without those that only a credential helper has: no container has the helper.
 */
export function engineLogins(text: string): EngineLogin[] {
  const config = Config.safeParse(parseJson(text))
  if (!config.success) throw unreadable()
  const logins = new Map<string, EngineLogin>()
  for (const [key, entry] of Object.entries(config.data.auths)) {
    const host = engineHost(key)
    const login = host === undefined ? undefined : readEntry(entry)
    if (host !== undefined && login && !logins.has(host)) logins.set(host, { host, ...login })
  }
  return [...logins.values()]
}

/**
 * The host of a key, as the engine keeps it; undefined if the engine would keep the login for another host. It treats a
 * name without a dot and a port as Docker Hub, and so every name that contains docker.io (v0.21.8, auth/registry.go).
 */
function engineHost(key: string): string | undefined {
  const [host = "", ...path] = key
    .replace(/^https?:\/\//, "")
    .replace(/\/(?:v[12]\/?)?$/, "")
    .split("/")
  if (path.length > 0) return undefined
  if (isHubHost(host)) return "docker.io"
  const known = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]+)?|[a-z0-9-]+:[0-9]+|localhost)$/i.test(host)
  return known && !host.includes("docker.io") ? host : undefined
}

function readEntry(entry: unknown): Omit<EngineLogin, "host"> | undefined {
  const { auth = "", username, password, identitytoken } = Entry.safeParse(entry).data ?? {}
  if (identitytoken) return { username: "", password: identitytoken }
  if (username && password) return { username, password }
  const [, user, word] =
    Buffer.from(auth, "base64")
      .toString()
      .match(/^([^:]+):([\s\S]+)$/) ?? []
  return user && word ? { username: user, password: word } : undefined
}

/**
 * Gives the engine the caller's logins, because it pulls base images, test images, services and tools itself. It keeps them
 * for its session, by host, and sends each to that host only. Nothing is chained after withRegistryAuth: up to v0.21.8 that
 * would not be cached for the next session. All logins of the file count, because a host may be a mirror in the engine's
 * configuration. A missing or empty secret is no error here: CI systems have none in jobs of forks, which may need none.
 */
export async function loginEngine(
  { username, password, dockerConfig }: Pick<RegistryInput, "username" | "password" | "dockerConfig">,
  repositories: string[] = [],
): Promise<void> {
  const [text, word] = await Promise.all([optionalText(dockerConfig), optionalText(password)])
  const logins = new Map((text ? engineLogins(text) : []).map((login) => [login.host, login]))
  for (const name of username && word ? repositories : []) {
    const host = engineHost(name.split("/", 1)[0] ?? "")
    if (host !== undefined) logins.set(host, { host, username: username ?? "", password: (word ?? "").trim() })
  }
  await Promise.all([...logins.values()].map(register))
}

/** The secret's name is random, because the engine identifies such secrets by name. */
async function register({ host, username, password }: EngineLogin): Promise<void> {
  const secret = dag.setSecret(`slipway-pull-${randomUUID()}`, password)
  await dag.container().withRegistryAuth(host, username, secret).sync()
}

async function optionalText(secret?: Secret): Promise<string | undefined> {
  if (secret) noteUse(secret, ENGINE)
  return (await secret?.plaintext().catch(() => undefined))?.trim() || undefined
}

function unreadable(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a docker config.json with logins under auths as --registry-config",
    got: "a file of another format",
    fix: "Pass the file, such as file:$HOME/.docker/config.json; its content is not shown because it may contain a password.",
  })
}
