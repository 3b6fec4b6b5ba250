import { createHash } from "node:crypto"
import { type CacheVolume, type Container, dag, type File, type Secret, type Service } from "@dagger.io/dagger"
import { openSecret, type SecretSource, secretText } from "../../engine/secret.ts"
import { derivedSecret, withSecretFile, withSecretValue } from "../../engine/secret-use.ts"
import { SlipwayError } from "../../error.ts"
import { forgeUsername, type GitRemote, hostname, serverUrl } from "./remote.ts"

/**
 * Names a secret that is derived from a caller's secret. A session identifies a secret by its name, so a second one of the
 * same name would replace the first; the engine's id distinguishes them and does not reveal the content.
 */
async function secretName(purpose: string, secret: Secret): Promise<string> {
  return `slipway-${purpose}-${createHash("sha256")
    .update(String(await secret.id()))
    .digest("hex")
    .slice(0, 16)}`
}

/**
 * Adds the final newline that variables and CI secrets lose, because OpenSSH refuses a key without it. For this the secret
 * has to be read here.
 */
export async function openSecretKey(key: Secret, argument: string): Promise<{ key: Secret; text: string }> {
  const text = await secretText(key, argument)
  if (text.endsWith("\n")) return { key, text }
  return { key: derivedSecret(await secretName("key", key), `${text}\n`, [key]), text }
}

/** Access to a GitOps repository. Every credential stays a secret on its way to git, and is sent to this server only. */
export type GitAccess = {
  remote: GitRemote
  login?: { username?: string; token: SecretSource }
  ssh?: { key: Secret; knownHosts?: File }
  /** Certificate of the server's authority, which replaces the public ones. */
  caCertificate?: File
  /** A git server in the same Dagger graph, bound to the host's name. */
  service?: Service
  /** A repository on a volume, for a rehearsal. */
  volume?: CacheVolume
}

export const VOLUME = "/slipway/volume"
const SSH_KEY = "/slipway/ssh/key"
const KNOWN_HOSTS = "/slipway/ssh/known_hosts"
const CA_CERTIFICATE = "/slipway/ca.crt"

/** Requires host keys with an SSH key: without them, ssh would trust any server under that address. */
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
      fix: "Pass a deploy key with write access and the server's host keys, or set --repo to an https:// address and pass --git-token.",
    })
  }
  return access
}

/** A container of git with access to the server. No credential is an argument, part of the address, or in the checkout. */
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
    .with(withHeader(access.remote, header && { secret: header, to: image }))
    .with(withSshKey(key && { secret: key, to: image }, access.ssh?.knownHosts))
}

/**
 * The only place that reads a token: Basic authentication joins user and token in base64, and a secret variable passes
 * them to git without a file or an argument.
 */
async function authorization(
  { username, token: source }: { username?: string; token: SecretSource },
  remote: GitRemote,
): Promise<Secret> {
  const user = username ?? forgeUsername(remote)
  const token = await openSecret(source)
  const text = (await secretText(token, "--git-token")).trim()
  const login = Buffer.from(`${user}:${text}`).toString("base64")
  return derivedSecret(await secretName(`git-${remote.host}-${user}`, token), `Authorization: Basic ${login}`, [token])
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

/** A secret, and the image that gets it. */
type GivenSecret = { secret: Secret; to: string }

/** The setting's key names the server, so git does not send the login to another one after a redirect. */
function withHeader(remote: GitRemote, header?: GivenSecret): (git: Container) => Container {
  return (git) =>
    header
      ? git
          .withEnvVariable("GIT_CONFIG_COUNT", "1")
          .withEnvVariable("GIT_CONFIG_KEY_0", `http.${serverUrl(remote)}.extraHeader`)
          .with(withSecretValue("GIT_CONFIG_VALUE_0", header))
      : git
}

const SSH_COMMAND = [
  ...["ssh", "-F", "/dev/null", "-i", SSH_KEY],
  ...["IdentitiesOnly=yes", "BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${KNOWN_HOSTS}`].flatMap(
    option,
  ),
  ...["GlobalKnownHostsFile=/dev/null", "ConnectTimeout=20", "ServerAliveInterval=15"].flatMap(option),
].join(" ")

function withSshKey(key?: GivenSecret, knownHosts?: File): (git: Container) => Container {
  return (git) =>
    key
      ? git
          .with(withSecretFile({ ...key, path: SSH_KEY, mode: 0o400 }))
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

/** Refuses a token over http: anyone on the network path could read and use it. */
function inTheClear({ host }: GitRemote): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "an https:// address with --git-token",
    got: `http://${host}/, over which the token could be read in transit`,
    fix: "Set --repo to the server's https:// address, or pass a server without one as --git-service.",
  })
}

function unusable(flag: string, address: string, { transport }: GitRemote): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${address} with ${flag}`,
    got: `an address of transport ${transport}://`,
    fix: `Omit ${flag} and pass the credential for this transport, or change the address in --repo.`,
  })
}
