import { parseDocument } from "yaml"
import { z } from "zod"
import { resolveDocument } from "../config/file.ts"
import { parseEndpoint } from "../engine/http.ts"
import { quote, SlipwayError } from "../error.ts"

/** Where objects are read, and as whom. */
export type Api = {
  kind: "kubernetes" | "argocd"
  /** https://host[:port][/path], and so at every place where a cluster's API stands behind a proxy such as Rancher's. */
  server: string
  identity: Identity
  /** The authority that vouches for the server, PEM; without it those that the system knows. */
  authority?: string
  /** The name in the server's certificate, where it is not the address's own. */
  serverName?: string
}

type Identity = { kind: "token"; token: string } | { kind: "certificate"; certificate: string; key: string }

/** An address that paths can be put after. */
export function parseServer(text: string): string {
  return parseEndpoint(text).replace(/\/+$/, "")
}

/** What stands in a kubeconfig under one cluster or user. */
type KubeconfigFields = Record<string, unknown>

/** A field that has to be text; empty is as good as not there, as for kubectl. */
export function textField(fields: KubeconfigFields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === "string" && value !== "" ? value : undefined
}

/** The text that stands in base64, such as a PEM. */
export function dataField(fields: KubeconfigFields, name: string): string | undefined {
  const value = textField(fields, name)
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8")
}

/** A field that would have to be obeyed and cannot be: leaving it out would ask as somebody else, or somewhere else. */
export function refuseFields(fields: KubeconfigFields, reasons: Record<string, string>): void {
  for (const [name, fix] of Object.entries(reasons)) {
    if (fields[name] === undefined || fields[name] === false || fields[name] === "") continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a kubeconfig that works on any machine by itself",
      got: `one with ${name}`,
      fix,
    })
  }
}

const FLATTEN = "It names a file of another machine: pass what `kubectl config view --minify --flatten --raw` prints."

const REFUSED = {
  "insecure-skip-tls-verify":
    "The token would go to whoever answers: put the cluster's certificate-authority-data there instead.",
  "proxy-url":
    "Proxies are not supported: run the engine where it reaches the cluster, or pass a --service to go through.",
}

/** The cluster's address and how it is recognised. */
export function readCluster(cluster: KubeconfigFields): Pick<Api, "server" | "authority" | "serverName"> {
  const authority = dataField(cluster, "certificate-authority-data")
  refuseFields(cluster, { ...REFUSED, ...(!authority && { "certificate-authority": FLATTEN }) }) // the data wins over the file
  const serverName = textField(cluster, "tls-server-name")
  const server = textField(cluster, "server")
  if (!server) throw nowhere()
  return { server: parseServer(server), ...(authority && { authority }), ...(serverName && { serverName }) }
}

function nowhere(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose cluster has a server",
    got: "one without",
    fix: "Pass what `kubectl config view --minify --flatten --raw` prints.",
  })
}

const PROGRAM =
  'A kubeconfig\'s program is not run: pass its token by --server and --cluster-token, such as --cluster-token=cmd:"aws eks get-token …".'

/** Obeyed by kubectl, so leaving it out would ask as another. */
const ANOTHER = { as: "Impersonation is not supported: pass a token that may read the resources itself." }
const ELSEWHERE = {
  exec: PROGRAM,
  "auth-provider": PROGRAM,
  tokenFile: FLATTEN,
  "client-certificate": FLATTEN,
  "client-key": FLATTEN,
  username: "Kubernetes has no passwords any more: pass a token.",
}

/** A user that can prove itself by what stands in the file alone. */
export function readUser(user: KubeconfigFields): Identity {
  refuseFields(user, ANOTHER)
  const token = textField(user, "token")
  if (token) return { kind: "token", token }
  const [certificate, key] = [dataField(user, "client-certificate-data"), dataField(user, "client-key-data")]
  if (certificate && key) return { kind: "certificate", certificate, key }
  refuseFields(user, ELSEWHERE)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig whose user has a token, or client-certificate-data and client-key-data",
    got: "one with neither",
    fix: "Pass another --kube-context, or --server and --cluster-token.",
  })
}

const Fields = z.record(z.string(), z.unknown())

/** https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/: what is read of it. */
const Kubeconfig = z.object({
  "current-context": z.string().optional(),
  contexts: z.array(z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) })),
  clusters: z.array(z.object({ name: z.string(), cluster: Fields })),
  users: z.array(z.object({ name: z.string(), user: Fields })),
})

/** A cluster and who asks it, by a context of the file. No value of it is ever shown, since any may be a secret. */
export function parseKubeconfig(text: string, wanted?: string): Api {
  const file = Kubeconfig.safeParse(readYaml(text))
  if (!file.success) throw unreadable(file.error.issues.map(({ path }) => path.join(".") || "its form"))
  const { contexts, clusters, users, "current-context": current } = file.data
  const name = wanted ?? current
  const { context } = named(contexts, name, "context")
  const { cluster } = named(clusters, context.cluster, "cluster")
  const { user } = named(users, context.user, "user")
  return { kind: "kubernetes", ...readCluster(cluster), identity: readUser(user) }
}

function readYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: "silent" })
  return document.errors.length > 0 ? undefined : resolveDocument(document, () => unreadable(["its aliases"]))
}

function named<T extends { name: string }>(entries: T[], name: string | undefined, what: string): T {
  const entry = entries.find((candidate) => candidate.name === name)
  if (entry) return entry
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a ${what} of the kubeconfig: ${entries.map((candidate) => candidate.name).join(", ") || "it has none"}`,
    got: name ? quote(name) : "no name, and the file has no current-context",
    fix: "Name one with --kube-context, or pass what `kubectl config view --minify --flatten --raw` prints.",
  })
}

function unreadable(fields: string[]): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a kubeconfig with contexts, clusters and users",
    got: `something else: ${[...new Set(fields)].slice(0, 3).join(", ")}`,
    fix: "Pass the file itself, such as file:$HOME/.kube/config; it is not shown here, since it may hold a key.",
  })
}
