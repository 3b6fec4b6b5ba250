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
/** What the kubelet reads of an entry: https://kubernetes.io/docs/concepts/containers/images/#config-json */
const Entry = z.union([
  z.object({ auth: z.string().min(1) }).transform(({ auth }) => ({ auth })),
  z
    .object({ username: z.string().min(1), password: z.string().min(1) })
    .transform(({ username, password }) => ({ auth: Buffer.from(`${username}:${password}`).toString("base64") })),
])

/** Of a docker config.json only what pulls this repository: whoever reads the Secret in the cluster can use all of it. */
export function pullLogin(repository: Repository, config: string): string {
  const file = Config.safeParse(parseJson(config))
  if (!file.success) throw noConfig()
  const { auths } = file.data
  const own = Object.entries(auths).filter(([key]) => isFor(repository, key))
  if (own.length === 0) throw noLogin(repository, `logins for ${Object.keys(auths).join(", ") || "nobody"}`)
  const logins = own.map(([key, entry]) => [key, readEntry(repository, entry)] as const)
  return JSON.stringify({ auths: Object.fromEntries(logins) })
}

/** The host itself, by any of its names, or a folder of it that the repository is in. */
function isFor(repository: Repository, key: string): boolean {
  const place = key.replace(/^https?:\/\//, "").replace(/\/(v[12]\/?)?$/, "")
  const sameHost = configKey({ ...repository, host: place }) === configKey(repository)
  return sameHost || `${repository.name}/`.startsWith(`${place}/`)
}

function readEntry(repository: Repository, entry: unknown): { auth: string } {
  const parsed = Entry.safeParse(entry)
  if (parsed.success) return parsed.data
  throw noLogin(repository, "an entry for it without user and password")
}

function noLogin({ host }: Repository, got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `a login for ${host} with user and password, which is what the kubelet reads`,
    got,
    fix: "A credential helper or an identity token is of no use to it: pass --registry-username and --registry-password.",
  })
}

function noConfig(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a docker config.json whose logins stand under auths",
    got: "something else",
    fix: "Pass the file itself, such as file:$HOME/.docker/config.json; it is not shown here, since it may hold a password.",
  })
}

/** https://github.com/containerd/containerd/blob/main/docs/hosts.md: a node's mirrors of one registry, asked in turn. */
export function hostsToml({ host }: Repository, mirrors: string[]): string {
  const server = host === "docker.io" ? "registry-1.docker.io" : host
  return [
    `# /etc/containerd/certs.d/${host}/hosts.toml on every node, for whose containerd config_path = "/etc/containerd/certs.d".`,
    "# k3s and RKE2 write this file themselves: there the mirrors stand in /etc/rancher/<k3s or rke2>/registries.yaml.",
    '# A mirror may "pull" by digest, which it cannot forge; "resolve" would let it say what a tag means.',
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

/** A path is where the API begins, such as Harbor's /v2/<project> of a proxy cache. */
function parseMirror(text: string): { url: string; path: boolean } {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const plain = url && !url.username && !url.password && !url.search && !url.hash && !/["\\]/.test(text)
  if (plain && /^https?:$/.test(url.protocol)) return { url: text.replace(/\/+$/, ""), path: url.pathname !== "/" }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a mirror's address, such as https://mirror.acme.internal",
    got: url?.username || url?.password ? "one with a login in it" : quote(text),
    fix: "With a path it is where the API begins, such as https://harbor.acme.internal/v2/ghcr; logins are the Secret's.",
  })
}

type PullFilesInput = RemoteInput & PullObject & { repository: string; account: string; mirrors: string[] }

/** What a cluster needs to pull a repository's images, as files that hold no secret: they may stand in git. */
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

/** Every namespace has this account from its controller, and a client-side apply warns of whatever it did not make itself. */
function accountNote(account: string): string {
  return account === "default"
    ? "# The namespace has this account already: kubectl apply --server-side adds to it; without that it warns once, harmlessly.\n"
    : ""
}

function yaml(object: object): string {
  return stringify(object, { lineWidth: 0 })
}

type PullSecretInput = PullObject & {
  repository: string
  login: { username?: string; password?: Secret; dockerConfig?: Secret }
}

/** The manifest holds the login, so it is made where no layer and no file sees it, and leaves as a Secret. */
export async function pullSecret({ repository: name, login, ...input }: PullSecretInput): Promise<Secret> {
  const repository = parseRepository(name)
  const object = parsePullObject(input)
  // a more exact entry of the file, such as ghcr.io/acme, would win over the user's own word
  const own = login.username || login.password ? { ...login, dockerConfig: undefined } : login
  const { dockerConfig } = await registryAccess(name, { ...own, plainHttp: false })
  if (!dockerConfig) throw nobody()
  const manifest = secretManifest(object, pullLogin(repository, await secretText(dockerConfig, "--registry-config")))
  return dag.setSecret(`slipway-pull-${randomUUID()}`, manifest)
}

/** The files that hold no secret. */
export function pullDirectory(input: PullFilesInput): Directory {
  return Object.entries(pullFiles(input)).reduce(
    (directory, [path, text]) => directory.withNewFile(path, text),
    dag.directory(),
  )
}

function nobody(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a login to pull by, as username and password or as a docker config.json",
    got: "none",
    fix: "Pass it after cluster pull-secret, best one that may only read: a robot account, a deploy token or a read:packages token.",
  })
}
