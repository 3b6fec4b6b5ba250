import { parseDocument } from "yaml"
import { z } from "zod"
import { resolveDocument } from "../config/file.ts"
import { parseEndpoint } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"

/** An API and the identity that reads from it. */
export type Api = {
  kind: "kubernetes" | "argocd"
  /** https://host[:port][/path]; a path occurs behind a proxy such as Rancher's. */
  server: string
  identity: Identity
  /** The server's certificate authority, PEM; default the system's. */
  authority?: string
  /** The name in the server's certificate, if it differs from the address's host. */
  serverName?: string
}

type Identity = { kind: "token"; token: string } | { kind: "certificate"; certificate: string; key: string }

/** An address without a slash at its end. */
export function parseServer(text: string): string {
  return parseEndpoint(text).replace(/\/+$/, "")
}

/** The fields of one cluster or user in a kubeconfig. */
type KubeconfigFields = Record<string, unknown>

/** Reads a text; an empty one counts as missing, as in kubectl. */
export function textField(fields: KubeconfigFields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** Reads a text in base64, such as a PEM. */
export function dataField(fields: KubeconfigFields, name: string): string | undefined {
  const value = textField(fields, name)
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8")
}

/** Refuses unsupported fields: ignoring one would use another identity or another server. */
export function refuseFields(fields: KubeconfigFields, reasons: Record<string, string>): void {
  for (const [name, fix] of Object.entries(reasons)) {
    if (fields[name] === undefined || fields[name] === false || fields[name] === "") continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a self-contained kubeconfig",
      got: `one with ${name}`,
      fix,
    })
  }
}

const FLATTEN =
  "Set --kubeconfig to the output of `kubectl config view --minify --flatten --raw`, which has no paths of files."

const REFUSED = {
  "insecure-skip-tls-verify":
    "Replace it by the cluster's certificate-authority-data: without verification any server could receive the token.",
  "proxy-url": "Run the engine where it reaches the cluster, or pass --cluster-service: proxies are not supported.",
}

/** Reads the cluster's address and certificate authority. */
export function readCluster(cluster: KubeconfigFields): Pick<Api, "server" | "authority" | "serverName"> {
  const authority = dataField(cluster, "certificate-authority-data")
  refuseFields(cluster, { ...REFUSED, ...(!authority && { "certificate-authority": FLATTEN }) }) // the data takes precedence over the file
  const serverName = textField(cluster, "tls-server-name")
  const server = textField(cluster, "server")
  if (!server) throw noServer()
  return { server: parseServer(server), ...(authority && { authority }), ...(serverName && { serverName }) }
}

function noServer(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose cluster has a server",
    got: "one without",
    fix: "Set --kubeconfig to the output of `kubectl config view --minify --flatten --raw`.",
  })
}

const PROGRAM =
  'Pass --cluster-server and the program\'s token as --cluster-token, such as --cluster-token=cmd:"aws eks get-token …": programs of a kubeconfig do not run.'

/** kubectl applies these fields with any credential, so ignoring one would use another identity. */
const IMPERSONATION = { as: "Pass a token with permission to read the resources: impersonation is not supported." }
const EXTERNAL_CREDENTIALS = {
  exec: PROGRAM,
  "auth-provider": PROGRAM,
  tokenFile: FLATTEN,
  "client-certificate": FLATTEN,
  "client-key": FLATTEN,
  username: "Pass a token: Kubernetes does not support passwords any more.",
}

/** Reads a user whose credential is in the file itself. */
export function readUser(user: KubeconfigFields): Identity {
  refuseFields(user, IMPERSONATION)
  const token = textField(user, "token")
  if (token) return { kind: "token", token }
  const [certificate, key] = [dataField(user, "client-certificate-data"), dataField(user, "client-key-data")]
  if (certificate && key) return { kind: "certificate", certificate, key }
  refuseFields(user, EXTERNAL_CREDENTIALS)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose user has a token, or client-certificate-data and client-key-data",
    got: "one with neither",
    fix: "Pass another --kube-context, or --cluster-server and --cluster-token.",
  })
}

const Fields = z.record(z.string(), z.unknown())

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/: the fields that are read. */
const Kubeconfig = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: Fields })),
  users: z.array(z.object({ name: z.string(), user: Fields })),
})

/** Reads the cluster and the user of a context. Errors show no value of the file, because any may be a secret. */
export function parseKubeconfig(text: string, wanted?: string): Api {
  const file = Kubeconfig.safeParse(readYaml(text))
  if (!file.success) throw unreadable(file.error.issues.map(({ path }) => path.join(".") || "fields"))
  const { contexts, clusters, users, "current-context": current } = file.data
  const name = wanted ?? current
  const { context } = named(contexts, name, "context")
  const { cluster } = named(clusters, context.cluster, "cluster")
  const { user } = named(users, context.user, "user")
  return { kind: "kubernetes", ...readCluster(cluster), identity: readUser(user) }
}

function readYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent" })
  return document.errors.length > 0 ? undefined : resolveDocument(document, () => unreadable(["aliases"]))
}

function named<T extends { name: string }>(entries: T[], name: string | undefined, what: string): T {
  const entry = entries.find((candidate) => candidate.name === name)
  if (entry) return entry
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a ${what} of the kubeconfig (${entries.map((candidate) => candidate.name).join(", ") || "it has none"})`,
    got: name ? quote(name) : "no name, and the file has no current-context",
    fix: "Set --kube-context, or set --kubeconfig to the output of `kubectl config view --minify --flatten --raw`.",
  })
}

function unreadable(fields: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig with contexts, clusters and users",
    got: `another file, without valid ${[...new Set(fields)].slice(0, 3).join(", ")}`,
    fix: "Set --kubeconfig to a kubeconfig, such as file:$HOME/.kube/config. Its content is not shown, because it may contain a key.",
  })
}
