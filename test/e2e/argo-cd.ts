import { mkdirSync, mkdtempSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { selfSigned } from "./certificate.ts"
import type { GitopsController } from "./cluster-delivery.ts"
import { freePort } from "./git-server.ts"
import { crdsOf, type Kubernetes, program } from "./kubernetes.ts"
import { type Answer, send } from "./kubernetes-api.ts"

export const ARGO_CD_NAMESPACE = "argocd"
/** The project of all applications. */
export const PROJECT = "shop"

/** Argo CD's own API. */
export type ArgoCd = {
  url: string
  /** Its self-signed certificate. */
  authority: string
  /** A token that Argo CD issues for a role of the project; it expires after some seconds. */
  tokenOf: (role: string, seconds?: number) => Promise<string>
}

/** A role of the project: its name, and the applications that it may get. */
type Roles = Record<string, string>

/** Starts Argo CD's controllers, its API and Redis; test/engine/up --with=argo-cd builds them. They look at git every second. */
export async function startArgoCd(api: Kubernetes, roles: Roles = {}): Promise<ArgoCd> {
  const ports = await Promise.all(Array.from({ length: 6 }, freePort))
  const [redis = 0, manifests = 0, own = 0, ...metrics] = ports
  const { certificate, key } = selfSigned("IP:127.0.0.1")
  const metadata = { name: ARGO_CD_NAMESPACE }
  await api.apply(...crdsOf("argo-cd"), { apiVersion: "v1", kind: "Namespace", metadata })
  await api.apply(...settings(), tlsSecret(certificate, key), project(roles))
  const env = surroundings()
  const place = (name: string, port: number) => `--${name}=127.0.0.1:${port}`
  const shared = [`--namespace=${ARGO_CD_NAMESPACE}`, "--repo-server-plaintext", place("repo-server", manifests)]
  const numbered = (at: number) => [`--metrics-port=${metrics[at]}`, place("redis", redis)]
  const served = (port: number) => ["--address=127.0.0.1", "--metrics-address=127.0.0.1", `--port=${port}`]
  api.run("redis-server", () => ["--port", `${redis}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
  api.run(
    "argocd-repo-server",
    () => [...served(manifests), "--disable-tls", "--revision-cache-expiration=1s", ...numbered(0)],
    env,
  )
  const soon = ["--app-resync=1", "--app-resync-jitter=0", "--repo-error-grace-period-seconds=0"]
  api.run("argocd-application-controller", () => [...shared, ...soon, ...numbered(1)], env)
  const log = api.run("argocd-server", () => [...shared, ...served(own), ...numbered(2)], env)
  const access = { url: `https://127.0.0.1:${own}`, authority: certificate, token: "" }
  await untilReady(access, log)
  return { ...access, tokenOf: (role, seconds) => issueToken(api, access, { role, seconds }) }
}

type Access = Parameters<typeof send>[0]

/** A folder for what Argo CD writes, and the programs that its repository server runs. */
function surroundings(): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-argo-cd-"))
  const inside = (name: string) => join(folder, name)
  for (const name of ["bin", "tmp", "ssh", "tls", "gpg"]) mkdirSync(inside(name))
  symlinkSync(program("kustomize"), inside("bin/kustomize"))
  symlinkSync(program("argo-cd"), inside("bin/argocd"))
  return {
    ...{ TMPDIR: inside("tmp"), PATH: `${inside("bin")}:${process.env["PATH"]}`, HOME: folder },
    ...{ ARGOCD_ASK_PASS_SOCK: inside("login.sock"), ARGOCD_GPG_ENABLED: "false", ARGOCD_GNUPGHOME: inside("gpg") },
    ...{ ARGOCD_SSH_DATA_PATH: inside("ssh"), ARGOCD_TLS_DATA_PATH: inside("tls") },
    ARGOCD_FAKE_IN_CLUSTER: "true", // the cluster's own address is that of KUBECONFIG
  }
}

const part = (name: string) => ({
  ...{ name, namespace: ARGO_CD_NAMESPACE },
  labels: { "app.kubernetes.io/part-of": "argocd" },
})

/** What Argo CD's installation creates empty. */
function settings(): object[] {
  const names = [
    "argocd-cm",
    "argocd-rbac-cm",
    "argocd-gpg-keys-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-tls-certs-cm",
  ]
  return [
    ...names.map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: part(name) })),
    { apiVersion: "v1", kind: "Secret", metadata: part("argocd-secret") },
  ]
}

function tlsSecret(certificate: string, key: string): object {
  const stringData = { "tls.crt": certificate, "tls.key": key }
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: part("argocd-server-tls"),
    type: "kubernetes.io/tls",
    stringData,
  }
}

function project(roles: Roles): object {
  const policy = (role: string, name: string) =>
    `p, proj:${PROJECT}:${role}, applications, get, ${PROJECT}/${name}, allow`
  return {
    ...{ apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: part(PROJECT) },
    spec: {
      ...{ sourceRepos: ["*"], destinations: [{ namespace: "*", server: "*" }] },
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
      roles: Object.entries(roles).map(([name, apps]) => ({ name, policies: [policy(name, apps)] })),
    },
  }
}

async function untilReady(access: Access, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await send(access, { method: "GET", path: "/healthz" }).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(200)
  }
  throw new Error(`expected Argo CD's API at ${access.url}, got none: ${log().slice(-2000)}`)
}

/** As the administrator, whose first password Argo CD writes into a Secret. */
async function issueToken(
  api: Kubernetes,
  access: Access,
  { role, seconds = 3600 }: { role: string; seconds?: number },
) {
  const path = `/api/v1/namespaces/${ARGO_CD_NAMESPACE}/secrets/argocd-initial-admin-secret`
  const initial = (await api.ask("GET", path)).body.data.password
  const login = { username: "admin", password: Buffer.from(initial, "base64").toString() }
  const session = await send(access, { method: "POST", path: "/api/v1/session", body: login })
  const { token } = required(session)
  const asked = { project: PROJECT, role, expiresIn: seconds }
  const issue = `/api/v1/projects/${PROJECT}/roles/${role}/token`
  return required(await send(access, { method: "POST", path: issue, body: asked, token })).token as string
}

function required({ status, body }: Answer): Answer["body"] {
  if (status === 200) return body
  throw new Error(`expected Argo CD's API to accept the request, got HTTP ${status}: ${JSON.stringify(body)}`)
}

type Repository = { url: string; username: string; token: string }

/** A repository over HTTP, as Argo CD stores it with its login. */
export function repositorySecret(name: string, { url, username, token }: Repository): object {
  const { labels, ...metadata } = part(name)
  const type = { "argocd.argoproj.io/secret-type": "repository" }
  const stringData = { type: "git", url, username, password: token }
  return { apiVersion: "v1", kind: "Secret", metadata: { ...metadata, labels: { ...labels, ...type } }, stringData }
}

/** An automated application into the namespace shop; `spec` overrides what a team would write. */
export function application(name: string, spec: object): object {
  return {
    ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
    metadata: { name, namespace: ARGO_CD_NAMESPACE },
    spec: {
      project: PROJECT,
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
      ...spec,
    },
  }
}

/** An account of the Kubernetes API, slipway in Argo CD's namespace, that may get every application. */
export const READER: object[] = (() => {
  const metadata = { name: "slipway", namespace: ARGO_CD_NAMESPACE }
  const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata }
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    { ...rbac, kind: "Role", rules: [{ apiGroups: ["argoproj.io"], resources: ["applications"], verbs: ["get"] }] },
    {
      ...{ ...rbac, kind: "RoleBinding", subjects: [{ kind: "ServiceAccount", ...metadata }] },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
    },
  ]
})()

/** Argo CD, for the overlay of a delivery. */
export const ARGO_CD: GitopsController = {
  name: "Argo CD",
  resource: `application/${ARGO_CD_NAMESPACE}/app`,
  read: { group: "argoproj.io", plural: "applications", namespace: ARGO_CD_NAMESPACE, name: "app" },
  start: async (api, repository) => {
    await startArgoCd(api)
    const source = { repoURL: repository.url, path: "prod", targetRevision: "main" }
    // by default, a refused sync is tried for two and a half minutes before it has failed
    const syncPolicy = { automated: { prune: true, selfHeal: true }, retry: { limit: 0 } }
    await api.apply(repositorySecret("deploy", repository), application("app", { source, syncPolicy }))
  },
}
