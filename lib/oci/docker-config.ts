import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import type { Repository } from "./reference.ts"

/** Docker Hub's logins stand under the address of its first API, whatever host an image is named with. */
const DOCKER_HUB = "https://index.docker.io/v1/"

/** The key under which docker's clients look up a host's login: https://docs.docker.com/reference/cli/docker/login/ */
export function configKey({ host }: Pick<Repository, "host">): string {
  return host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host
}

export type Login = { username: string; password: string }

/** Of a file only what decides about a login: where logins stand, and the programs on its owner's machine that have others. */
const Config = z.object({
  auths: z.record(z.string(), z.unknown()).default({}),
  credsStore: z.string().default(""),
  credHelpers: z.record(z.string(), z.string()).default({}),
})
type Config = z.infer<typeof Config>

/**
 * One login as a docker config.json, beside those of another. It is a secret as a whole: `auth` is the password, merely in
 * base64. A host of the other whose login only a helper has is refused: it would be without one here.
 */
export function renderDockerConfig(repository: Repository, login: Login, others = "{}"): string {
  const config = readConfig(others)
  const [left] = leftToHelpers(config).filter(({ key }) => !isSame(repository.host, key))
  if (left) {
    throw noLogin(left.key, {
      helper: left.helper,
      fix: "take that host out of the file, or leave the file out if no other login of it is needed.",
    })
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64")
  return JSON.stringify({ auths: { ...config.auths, [configKey(repository)]: { auth } } })
}

/** The hosts that a file names and has no login for, each with the helper that would be asked. */
function leftToHelpers({ auths, credHelpers, credsStore }: Config): { key: string; helper: string }[] {
  const hasOwn = (host: string) => Object.entries(auths).some(([key, entry]) => isSame(host, key) && hasLogin(entry))
  return [...new Set([...Object.keys(auths), ...Object.keys(credHelpers)])]
    .map((key) => ({ key, helper: credHelpers[key] ?? credsStore }))
    .filter(({ key, helper }) => helper !== "" && !hasOwn(key))
}

/**
 * A caller's file as a container can use it: as it is, or without a credential helper that would be asked before the login
 * that stands in it. A login that only a helper has is refused: the program is on the caller's machine alone.
 */
export function usableDockerConfig(repository: Repository, text: string): string {
  const config = readConfig(text)
  const helper = config.credHelpers[configKey(repository)] ?? config.credHelpers[repository.host] ?? config.credsStore
  if (helper === "") return text
  const { auths } = config
  if (Object.entries(auths).some(([key, entry]) => isSame(repository.host, key) && hasLogin(entry))) {
    return JSON.stringify({ auths })
  }
  throw noLogin(repository.host, {
    helper,
    fix: "pass --registry-username and --registry-password, or what a login function returns.",
  })
}

function noLogin(host: string, { helper, fix }: { helper: string; fix: string }): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a docker config.json in which the login for ${host} stands`,
    got: `one that leaves it to the credential helper docker-credential-${helper}`,
    fix: `The helper is a program on your machine, which no container has: ${fix}`,
  })
}

/** The same host by any of its names, as clients look it up. */
function isSame(one: string, other: string): boolean {
  return hostKey(one) === hostKey(other)
}

function hostKey(name: string): string {
  return configKey({ host: name.replace(/^https?:\/\//, "").replace(/\/.*$/, "") })
}

const WAYS = ["auth", "identitytoken", "registrytoken", "password"]

function hasLogin(entry: unknown): boolean {
  const fields = z.record(z.string(), z.unknown()).safeParse(entry).data ?? {}
  return WAYS.some((way) => typeof fields[way] === "string" && fields[way] !== "")
}

function readConfig(config: string): Config {
  const parsed = Config.safeParse(parseJson(config))
  if (parsed.success) return parsed.data
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a docker config.json whose logins stand under auths",
    got: "something else",
    fix: "Pass the file itself, such as file:$HOME/.docker/config.json; it is not shown here, since it may hold a password.",
  })
}
