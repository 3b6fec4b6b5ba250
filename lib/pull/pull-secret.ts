import { randomUUID } from "node:crypto"
import { type Directory, dag, type Secret } from "@dagger.io/dagger"
import { stringify } from "yaml"
import { z } from "zod"
import { parseObjectName } from "../config/argument.ts"
import { parseJson } from "../config/file.ts"
import { secretText } from "../engine/secret.ts"
import { quote, SlipwayError } from "../error.ts"
import { parseRepository, type Repository } from "../oci/reference.ts"
import { configKey, registryAccess } from "../oci/registry-access.ts"
import {
  externalSecret,
  type PullObject,
  parsePullObject,
  parseRemoteLogin,
  type RemoteInput,
  secretManifest,
  serviceAccount,
} from "./manifests.ts"

const Config = z.object({ auths: z.record(z.string(), z.unknown()) })
/** The fields of an entry that the kubelet reads: https://kubernetes.io/docs/concepts/containers/images/#config-json */
const Entry = z.union([
  z.object({ auth: z.string().min(1) }).transform(({ auth }) => ({ auth })),
  z
    .object({ username: z.string().min(1), password: z.string().min(1) })
    .transform(({ username, password }) => ({ auth: Buffer.from(`${username}:${password}`).toString("base64") })),
])

/** Keeps only the logins for this repository, because every reader of the Secret in the cluster can use all of it. */
export function pullLogin(repository: Repository, config: string): string {
  const file = Config.safeParse(parseJson(config))
  if (!file.success) throw noConfig()
  const { auths } = file.data
  const own = Object.entries(auths).filter(([key]) => isFor(repository, key))
  if (own.length === 0)
    throw noLogin(
      repository,
      `${Object.keys(auths).length ? `logins for ${Object.keys(auths).join(", ")}` : "no login"}`,
    )
  const logins = own.map(([key, entry]) => [key, readEntry(repository, entry)] as const)
  return JSON.stringify({ auths: Object.fromEntries(logins) })
}

/** Whether a key is the host, by any of its names, or a path above the repository. */
function isFor(repository: Repository, key: string): boolean {
  const place = key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "")
  const sameHost = configKey({ ...repository, host: place }) === configKey(repository)
  return sameHost || `${repository.name}/`.startsWith(`${place}/`)
}

function readEntry(repository: Repository, entry: unknown): { auth: string } {
  const parsed = Entry.safeParse(entry)
  if (parsed.success) return parsed.data
  throw noLogin(repository, "an entry without user and password")
}

function noLogin({ host }: Repository, got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a login for ${host} with user and password`,
    got,
    fix: "Pass --registry-username and --registry-password: the kubelet cannot use credential helpers or identity tokens.",
  })
}

function noConfig(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a docker config.json with logins under auths",
    got: "another file",
    fix: "Set --registry-config to such a file, for example file:$HOME/.docker/config.json. Its content is not shown, because it may contain a password.",
  })
}

/** https://github.com/containerd/containerd/blob/main/docs/hosts.md: the mirrors of one registry on a node, in order. */
export function hostsToml({ host }: Repository, mirrors: string[]): string {
  const server = host === "docker.io" ? "registry-1.docker.io" : host
  return [
    `# Copy to /etc/containerd/certs.d/${host}/hosts.toml on every node, and set config_path = "/etc/containerd/certs.d" in containerd.`,
    "# k3s and RKE2 write this file themselves: set the mirrors in /etc/rancher/<k3s or rke2>/registries.yaml instead.",
    '# With "pull" a mirror serves digests, which it cannot forge; "resolve" would let it choose the digest of a tag.',
    `server = "https://${server}"`,
    ...mirrors
      .map(parseMirror)
      .flatMap(({ url, path }) => [
        "",
        `[host."${url}"]`,
        '  capabilities = ["pull"]',
        ...(path ? ["  override_path = true"] : []),
      ]),
    "",
  ].join("\n")
}

/** A path is the API's base path, such as /v2/<project> of a proxy cache in Harbor. */
function parseMirror(text: string): { url: string; path: boolean } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url && !url.username && !url.password && !url.search && !url.hash && !/["\\]/.test(text)
  if (plain && /^https?:$/.test(url.protocol)) return { url: text.replace(/\/+$/, ""), path: url.pathname !== "/" }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a mirror's address, such as https://mirror.acme.internal",
    got: url?.username || url?.password ? "one with a login" : quote(text),
    fix: "Correct --mirrors: an address may have the API's base path, such as https://harbor.acme.internal/v2/ghcr, but no login.",
  })
}

type PullFilesInput = RemoteInput & PullObject & { repository: string; account: string; mirrors: string[] }

/** The files that a cluster needs to pull a repository's images. They contain no secret, so git may hold them. */
export function pullFiles({ repository: name, account, mirrors, ...input }: PullFilesInput): Record<string, string> {
  const repository = parseRepository(name)
  const object = parsePullObject(input)
  const remote = parseRemoteLogin(input)
  const files: Record<string, string> = {
    "service-account.yaml": accountNote(account).concat(
      yaml(serviceAccount(object, parseObjectName(account, "the ServiceAccount's name"))),
    ),
  }
  if (remote) files["external-secret.yaml"] = yaml(externalSecret(object, repository, remote))
  if (mirrors.length > 0) files[`nodes/certs.d/${repository.host}/hosts.toml`] = hostsToml(repository, mirrors)
  return files
}

/** A controller creates this account in every namespace, and a client-side apply warns about objects that it did not create. */
function accountNote(account: string): string {
  return account === "default"
    ? "# The namespace has this account already: use kubectl apply --server-side, or ignore the warning of a client-side apply.\n"
    : ""
}

function yaml(object: object): string {
  return stringify(object, { lineWidth: 0 })
}

type PullSecretInput = PullObject & {
  repository: string
  /** Further repositories, whose logins are in the caller's file. */
  replicas?: string[]
  login: { username?: string; password?: Secret; dockerConfig?: Secret }
}

/** Renders the manifest in this process and returns it as a Secret, so that no layer and no file contains the login. */
export async function pullSecret({ repository, replicas = [], login, ...input }: PullSecretInput): Promise<Secret> {
  const object = parsePullObject(input)
  const { dockerConfig } = login
  const configs = [readLogin(repository, login), ...replicas.map((name) => readLogin(name, { dockerConfig }))]
  const manifest = secretManifest(object, mergeLogins(await Promise.all(configs)))
  return dag.setSecret(`slipway-pull-${randomUUID()}`, manifest)
}

/** One config.json with the logins of several; of two for one key, the first. */
export function mergeLogins(configs: string[]): string {
  const auths = configs.map((config) => Config.parse(parseJson(config)).auths).reverse()
  return JSON.stringify({ auths: Object.assign({}, ...auths) })
}

/** The login for one repository's host, as config.json. */
async function readLogin(name: string, login: PullSecretInput["login"]): Promise<string> {
  const repository = parseRepository(name)
  // a more specific entry of the file, such as ghcr.io/acme, would take precedence over user and password
  const own = login.username || login.password ? { ...login, dockerConfig: undefined } : login
  const { dockerConfig } = await registryAccess(name, { ...own, plainHttp: false })
  if (!dockerConfig) throw missingLogin()
  return pullLogin(repository, await secretText(dockerConfig, "--registry-config"))
}

/** Returns the files as a directory. */
export function pullDirectory(input: PullFilesInput): Directory {
  return Object.entries(pullFiles(input)).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}

function missingLogin(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--registry-username and --registry-password, or --registry-config",
    got: "none",
    fix: "Pass them after cluster pull-secret, best a login that can only read: a robot account, a deploy token or a read:packages token.",
  })
}
