import { randomUUID } from "node:crypto"
import { type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { secretText } from "../engine/secret.ts"
import { derivedSecret, withSecretFile } from "../engine/secret-use.ts"
import { SlipwayError } from "../error.ts"
import { type DigestRef, parseRepository, type Repository, splitDigestRef } from "./reference.ts"

/** The key of Docker Hub's logins, for each of its host names. */
const DOCKER_HUB = "https://index.docker.io/v1/"

/** The key under which Docker clients look up a host's login: https://docs.docker.com/reference/cli/docker/login/ */
export function configKey({ host }: Pick<Repository, "host">): string {
  return isHubHost(host) ? DOCKER_HUB : host
}

/** Whether a host is Docker Hub, by any of its names. */
export function isHubHost(host: string): boolean {
  return ["docker.io", "index.docker.io", "registry-1.docker.io"].includes(host)
}

type Login = { username: string; password: string }

/** The fields that decide about a login: the logins, and the credential helpers on the owner's machine. */
const Config = z.object({
  auths: z.record(z.string(), z.unknown()).default({}),
  credsStore: z.string().default(""),
  credHelpers: z.record(z.string(), z.string()).default({}),
})
type Config = z.infer<typeof Config>

/**
 * Adds a login to a docker config.json. The result is a secret: `auth` is the password in base64. Another host whose login
 * only a credential helper has is refused, because it would have no login here.
 */
export function renderDockerConfig(repository: Repository, login: Login, others = "{}"): string {
  const config = readConfig(others)
  const [left] = leftToHelpers(config).filter(({ key }) => !isSame(repository.host, key))
  if (left) {
    throw noLogin(left.key, {
      helper: left.helper,
      fix: "Remove that host from the file, or omit the file if no other login in it is needed; ",
    })
  }
  const auth = Buffer.from(`${login.username}:${login.password}`).toString("base64")
  return JSON.stringify({ auths: { ...config.auths, [configKey(repository)]: { auth } } })
}

/** The hosts in a file without a login, each with its credential helper. */
function leftToHelpers({ auths, credHelpers, credsStore }: Config): { key: string; helper: string }[] {
  const hasOwn = (host: string) => Object.entries(auths).some(([key, entry]) => isSame(host, key) && hasLogin(entry))
  return [...new Set([...Object.keys(auths), ...Object.keys(credHelpers)])]
    .map((key) => ({ key, helper: credHelpers[key] ?? credsStore }))
    .filter(({ key, helper }) => helper !== "" && !hasOwn(key))
}

/**
 * A caller's file for use in a container: unchanged, or without a credential helper, which clients would call before they
 * use a login in the file. A login that only a helper has is refused: no container has the helper.
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
    fix: "Pass --registry-username and --registry-password, or the result of a login function; ",
  })
}

function noLogin(host: string, { helper, fix }: { helper: string; fix: string }): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a docker config.json that contains the login for ${host}`,
    got: `one with the credential helper docker-credential-${helper}`,
    fix: `${fix}the helper is a program on your machine, and no container has it.`,
  })
}

/** Whether two names are of one host for Docker clients. */
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
    expected: "a docker config.json with logins under auths",
    got: "a file of another format",
    fix: "Pass the file, such as file:$HOME/.docker/config.json; its content is not shown because it may contain a password.",
  })
}

/** How tools reach a registry. Without `dockerConfig`, they use it anonymously. */
export type RegistryAccess = { service?: Service; plainHttp: boolean; dockerConfig?: Secret; caCertificate?: File }

const CONFIG_DIR = "/slipway/docker"
const CA_DIR = "/slipway/ca"
/** The user of cosign's and crane's images; with a secret that it cannot read, they would be anonymous. */
export const NONROOT = "65532"

/** Gives a Go tool (crane, cosign, trivy) the registry's service, login and certificate authority; `to` is its image. */
export function withRegistry(
  access: RegistryAccess,
  { repository: { host }, to }: { repository: Repository; to: string },
): (tool: Container) => Container {
  return (tool) => tool.with(withService(access, host)).with(withLogin(access, to)).with(withCertificate(access))
}

function withService({ service }: RegistryAccess, host: string): (tool: Container) => Container {
  return (tool) => (service ? tool.withServiceBinding(host.replace(/:[0-9]+$/, ""), service) : tool)
}

function withLogin({ dockerConfig: secret }: RegistryAccess, to: string): (tool: Container) => Container {
  return (tool) =>
    secret
      ? tool
          .with(withSecretFile({ path: `${CONFIG_DIR}/config.json`, secret, to, owner: NONROOT }))
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

/** The caller's flags for a registry. */
export type RegistryInput = {
  username?: string
  password?: Secret
  dockerConfig?: Secret
  service?: RegistryAccess["service"]
  plainHttp?: boolean
  caCertificate?: RegistryAccess["caCertificate"]
}

/** The access to an image's repository. */
export function imageAccess(ref: DigestRef, input: RegistryInput): Promise<RegistryAccess> {
  return registryAccess(splitDigestRef(ref).repository.name, input)
}

/** The access to a repository; invalid combinations of flags are refused. */
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

/** Reads the caller's file once, to refuse an unusable one before any tool runs. */
async function usableConfig(repository: Repository, dockerConfig?: Secret): Promise<Secret | undefined> {
  if (!dockerConfig) return undefined
  const text = await secretText(dockerConfig, "--registry-config")
  const usable = usableDockerConfig(repository, text)
  return usable === text ? dockerConfig : derivedSecret(`slipway-registry-${randomUUID()}`, usable, [dockerConfig])
}

/**
 * Reads the password because config.json needs user and password joined in base64, and a tool's `login` would write it into
 * a layer. The flags win over the caller's file for that host; its other logins stay.
 */
async function loginConfig(
  repository: Repository,
  login: { username: string; password: Secret },
  others?: Secret,
): Promise<Secret> {
  const password = (await secretText(login.password, "--registry-password")).trim()
  const config = await loginText(repository, { username: login.username, password }, others)
  return derivedSecret(`slipway-registry-${randomUUID()}`, config, [login.password, others])
}

/**
 * A login as a secret docker config.json, merged with the logins of another file. The secret's name is random, because the
 * engine identifies such secrets by name.
 */
export async function loginSecret(repository: Repository, login: Login, others?: Secret): Promise<Secret> {
  return dag.setSecret(`slipway-registry-${randomUUID()}`, await loginText(repository, login, others))
}

async function loginText(repository: Repository, login: Login, others?: Secret): Promise<string> {
  return renderDockerConfig(repository, login, others && (await secretText(others, "--registry-config")))
}

function unbindable(host: string): SlipwayError {
  return new SlipwayError("ADDRESS_INVALID", {
    expected: "a repository whose host can name the registry service, such as registry.test:5000/app",
    got: host,
    fix: "Use any other host name, with the service's port: in a container, a loopback name is the container itself, and an IP address cannot name a service.",
  })
}

function halfLogin(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a registry login as --registry-username and --registry-password, or as --registry-config",
    got,
    fix: "Pass both; with a token, pass the username that the registry documents: any for GHCR, AWS for ECR, oauth2accesstoken for Artifact Registry.",
  })
}
