import { randomUUID } from "node:crypto"
import { type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { secretText } from "../engine/secret.ts"
import { SlipwayError } from "../error.ts"
import { type Login, renderDockerConfig, usableDockerConfig } from "./docker-config.ts"
import { type DigestRef, parseRepository, type Repository, splitDigestRef } from "./reference.ts"

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
export async function registryAccess(address: string, input: RegistryInput): Promise<RegistryAccess> {
  const { username, password, dockerConfig, service, plainHttp = false, caCertificate } = input
  const repository = parseRepository(address)
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
    expected: "an address whose host can be given to the registry service, such as registry.test:5000/app",
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
