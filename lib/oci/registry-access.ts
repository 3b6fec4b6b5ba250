import { randomUUID } from "node:crypto"
import { type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import { type DigestRef, parseRepository, type Repository, splitDigestRef } from "./reference.ts"

/** Docker Hub's logins stand under the address of its first API, whatever host an image is named with. */
const DOCKER_HUB = "https://index.docker.io/v1/"

/** The key under which docker's clients look up a host's login: https://docs.docker.com/reference/cli/docker/login/ */
export function configKey({ host }: Pick<Repository, "host">): string {
  return host === "docker.io" || host === "index.docker.io" || host === "registry-1.docker.io" ? DOCKER_HUB : host
}

type Login = { username: string; password: string }

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

/** How a registry is reached. Without `dockerConfig` the registry is asked as nobody. */
export type RegistryAccess = { service?: Service; plainHttp: boolean; dockerConfig?: Secret; caCertificate?: File }

const CONFIG_DIR = "/slipway/docker"
const CA_DIR = "/slipway/ca"
/** cosign's and crane's images run as this user, and a secret that they cannot read is a login as nobody. */
export const NONROOT = "65532"

/** Gives a Go tool (crane, cosign, trivy) the registry: its address, its login and its certificate authority. */
export function withRegistry(access: RegistryAccess, { host }: Repository): (tool: Container) => Container {
  return (tool) => tool.with(withService(access, host)).with(withLogin(access)).with(withCertificate(access))
}

function withService({ service }: RegistryAccess, host: string): (tool: Container) => Container {
  return (tool) => (service ? tool.withServiceBinding(host.replace(/:[0-9]+$/, ""), service) : tool)
}

function withLogin({ dockerConfig }: RegistryAccess): (tool: Container) => Container {
  return (tool) =>
    dockerConfig
      ? tool
          .withMountedSecret(`${CONFIG_DIR}/config.json`, dockerConfig, { owner: NONROOT })
          .withEnvVariable("DOCKER_CONFIG", CONFIG_DIR)
      : tool
}

function withCertificate({ caCertificate }: RegistryAccess): (tool: Container) => Container {
  return (tool) =>
    caCertificate
      ? tool
          .withMountedFile(`${CA_DIR}/ca.crt`, caCertificate, { owner: NONROOT })
          .withEnvVariable("SSL_CERT_DIR", `/etc/ssl/certs:${CA_DIR}`)
      : tool
}

/** A registry and the way to it, as a caller passes them. */
export type RegistryInput = {
  username?: string
  password?: Secret
  dockerConfig?: Secret
  service?: RegistryAccess["service"]
  plainHttp?: boolean
  caCertificate?: RegistryAccess["caCertificate"]
}

/** The way to the repository that an image is in. */
export function imageAccess(ref: DigestRef, input: RegistryInput): Promise<RegistryAccess> {
  return registryAccess(splitDigestRef(ref).repository.name, input)
}

/** The way to a repository, refused here if it cannot work. */
export async function registryAccess(name: string, input: RegistryInput): Promise<RegistryAccess> {
  const { username, password, dockerConfig, service, plainHttp = false, caCertificate } = input
  const repository = parseRepository(name)
  if (service && /^(localhost|127\.|\[)/.test(repository.host)) throw unbindable(repository.host)
  if (Boolean(username) !== Boolean(password)) throw halfLogin(username ? "no password" : "no username")
  const login =
    username && password
      ? await loginConfig(repository, { username, password }, dockerConfig)
      : await usableConfig(repository, dockerConfig)
  return {
    plainHttp,
    ...(service && { service }),
    ...(login && { dockerConfig: login }),
    ...(caCertificate && { caCertificate }),
  }
}

/** A caller's file, read once here so that what cannot work is refused before anything runs. */
async function usableConfig(repository: Repository, dockerConfig?: Secret): Promise<Secret | undefined> {
  if (!dockerConfig) return undefined
  const text = await secretText(dockerConfig, "--registry-config")
  const usable = usableDockerConfig(repository, text)
  return usable === text ? dockerConfig : dag.setSecret(`slipway-registry-${randomUUID()}`, usable)
}

/**
 * Docker's config.json wants user and password joined in base64, and a login written by a tool would land in a layer. The
 * user's own word wins over what the caller's file says of that host; its other logins stay.
 */
async function loginConfig(
  repository: Repository,
  login: { username: string; password: Secret },
  others?: Secret,
): Promise<Secret> {
  const password = (await secretText(login.password, "--registry-password")).trim()
  return await loginSecret(repository, { username: login.username, password }, others)
}

/**
 * A login as a secret docker config.json. Its name is new each time, since the engine knows such secrets by name. Of
 * another file that it is put beside the text is needed, since the two become one.
 */
export async function loginSecret(repository: Repository, login: Login, others?: Secret): Promise<Secret> {
  const config = renderDockerConfig(repository, login, others && (await secretText(others, "--registry-config")))
  return dag.setSecret(`slipway-registry-${randomUUID()}`, config)
}

function unbindable(host: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a repository whose host can be given to the registry service, such as registry.test:5000/app",
    got: host,
    fix: "Within a container a loopback name is the container itself, and a number is no name: use any other, with the service's port.",
  })
}

function halfLogin(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a registry login as username and password together, or as a docker config.json",
    got,
    fix: "For a token, the username is what the registry documents: any for GHCR, AWS for ECR, oauth2accesstoken for Artifact Registry.",
  })
}
