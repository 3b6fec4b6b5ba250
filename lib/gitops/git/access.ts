import { createHash } from "node:crypto"
import { type CacheVolume, type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { openSecret, type SecretSource, secretText } from "../../engine/secret.ts"
import { SlipwayError } from "../../error.ts"
import { forgeUsername, type GitRemote, hostname, serverUrl } from "./remote.ts"

/**
 * A name for what is made of a caller's secret. A session knows a secret by its name alone, so the second of two with one
 * name would take the first one's place; the engine's id tells them apart and says nothing of what is inside.
 */
async function secretName(purpose: string, made: Secret): Promise<string> {
  return `slipway-${purpose}-${createHash("sha256")
    .update(String(await made.id()))
    .digest("hex")
    .slice(0, 16)}`
}

/**
 * A private key as a program reads it. Variables and the secrets of CI systems lose a text's last line end, and OpenSSH
 * takes no key without; so this is one of the places where a secret is read.
 */
export async function openSecretKey(key: Secret, argument: string): Promise<{ key: Secret; text: string }> {
  const text = await secretText(key, argument)
  if (text.endsWith("\n")) return { key, text }
  return { key: dag.setSecret(await secretName("key", key), `${text}\n`), text }
}

/** How a GitOps repository is reached. Every credential is a secret from here to git, and bound to this one server. */
export type GitAccess = {
  remote: GitRemote
  login?: { username?: string; token: SecretSource }
  ssh?: { key: Secret; knownHosts?: File }
  /** Certificate of the server's own authority, which then is the only one. */
  caCertificate?: File
  /** A git server of the same graph, under the host's name. */
  service?: Service
  /** A repository on a volume, for a rehearsal. */
  volume?: CacheVolume
}

export const VOLUME = "/slipway/volume"
const SSH_KEY = "/slipway/ssh/key"
const KNOWN_HOSTS = "/slipway/ssh/known_hosts"
const CA_CERTIFICATE = "/slipway/ca.crt"

/** A key without the server's own key would be given to whoever answers, so one is not taken without the other. */
export function requireAccess(access: GitAccess): GitAccess {
  const { remote, login, ssh, service, caCertificate } = access
  if (login && !["https", "http"].includes(remote.transport))
    throw unusable("--git-token", "an https:// address", remote)
  if (login && remote.transport === "http" && !service && !isLoopback(remote)) throw inTheClear(remote)
  if (caCertificate && remote.transport !== "https")
    throw unusable("--git-ca-certificate", "an https:// address", remote)
  if (ssh && remote.transport !== "ssh") throw unusable("--git-ssh-key", "an ssh address (git@host:path)", remote)
  if (remote.transport === "ssh" && !ssh?.knownHosts) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--git-ssh-key and --git-known-hosts with an ssh address",
      got: ssh ? "no host keys" : "no key",
      fix: "Pass a deploy key that may write, and the server's host keys; or an https:// address with --git-token.",
    })
  }
  return access
}

/** Gives git its way to the server. Nothing here is an argument, part of the address, or written into the checkout. */
export async function gitContainer(image: string, access: GitAccess): Promise<Container> {
  const header = access.login && (await authorization(access.login, access.remote))
  const key = access.ssh && (await openSecretKey(access.ssh.key, "--git-ssh-key")).key
  return dag
    .container()
    .from(image)
    .withEnvVariable("GIT_TERMINAL_PROMPT", "0")
    .withEnvVariable("LC_ALL", "C")
    .withEnvVariable("GIT_ALLOW_PROTOCOL", access.remote.transport)
    .with(withService(access))
    .with(withCertificate(access))
    .with(withVolume(access))
    .with(withHeader(access.remote, header))
    .with(withSshKey(key, access.ssh?.knownHosts))
}

/**
 * The one place where a token is read: Basic authentication wants user and token joined in base64, and a secret variable
 * is the only way to git that leaves neither a file nor an argument.
 */
async function authorization(
  { username, token: source }: { username?: string; token: SecretSource },
  remote: GitRemote,
): Promise<Secret> {
  const user = username ?? forgeUsername(remote)
  const token = await openSecret(source)
  const text = (await secretText(token, "--git-token")).trim()
  const login = Buffer.from(`${user}:${text}`).toString("base64")
  return dag.setSecret(await secretName(`git-${remote.host}-${user}`, token), `Authorization: Basic ${login}`)
}

function withService({ service, remote }: GitAccess): (git: Container) => Container {
  return (git) => (service ? git.withServiceBinding(hostname(remote), service) : git)
}

function withCertificate({ caCertificate }: GitAccess): (git: Container) => Container {
  return (git) =>
    caCertificate
      ? git.withMountedFile(CA_CERTIFICATE, caCertificate).withEnvVariable("GIT_SSL_CAINFO", CA_CERTIFICATE)
      : git
}

function withVolume({ volume }: GitAccess): (git: Container) => Container {
  return (git) => (volume ? git.withMountedCache(VOLUME, volume) : git)
}

/** The key of the setting names the server, so a redirect to another one does not take the login along. */
function withHeader(remote: GitRemote, header?: Secret): (git: Container) => Container {
  return (git) =>
    header
      ? git
          .withEnvVariable("GIT_CONFIG_COUNT", "1")
          .withEnvVariable("GIT_CONFIG_KEY_0", `http.${serverUrl(remote)}.extraHeader`)
          .withSecretVariable("GIT_CONFIG_VALUE_0", header)
      : git
}

const SSH_COMMAND = [
  ...["ssh", "-F", "/dev/null", "-i", SSH_KEY],
  ...["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${KNOWN_HOSTS}`].flatMap(
    option,
  ),
  ...["GlobalKnownHostsFile=/dev/null", "ConnectTimeout=20", "ServerAliveInterval=15"].flatMap(option),
].join(" ")

function withSshKey(key?: Secret, knownHosts?: File): (git: Container) => Container {
  return (git) =>
    key
      ? git
          .withMountedSecret(SSH_KEY, key, { mode: 0o400 })
          .with(withKnownHosts(knownHosts))
          .withEnvVariable("GIT_SSH_COMMAND", SSH_COMMAND)
      : git
}

function withKnownHosts(knownHosts?: File): (git: Container) => Container {
  return (git) => (knownHosts ? git.withMountedFile(KNOWN_HOSTS, knownHosts) : git)
}

function option(setting: string): string[] {
  return ["-o", setting]
}

function isLoopback(remote: GitRemote): boolean {
  return /^(?:localhost|127\.[0-9.]+|\[::1\])$/.test(hostname(remote))
}

/** The same rule as for every other endpoint: whoever reads a token on its way can use it. */
function inTheClear({ host }: GitRemote): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an https:// address with --git-token",
    got: `http://${host}/, over which everybody on the way could read the token`,
    fix: "Use the server's https:// address, or bind one that has none as --git-service.",
  })
}

function unusable(given: string, wanted: string, { transport }: GitRemote): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${wanted} with ${given}`,
    got: `one that begins with ${transport}://`,
    fix: "Pass the credential that belongs to the address's transport.",
  })
}
