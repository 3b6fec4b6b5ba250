import type { ChildProcess } from "node:child_process"
import { generateKeyPairSync, randomUUID } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseAllDocuments, stringify } from "yaml"
import { selfSigned } from "./certificate.ts"
import { freePort } from "./git-server.ts"
import { ISSUER, type KubernetesApi, type KubernetesObject, kubernetesApi } from "./kubernetes-api.ts"
import { endProcess, runUntilClosed } from "./until-closed.ts"

const { cache } = await import(new URL("../engine/lib/place.mjs", import.meta.url).href)
export const program = (name: string) => join(cache, "bin", `slipway-test-${name}`)

/** A real Kubernetes API with RBAC, and the controllers of Deployments and service accounts; no scheduler, no kubelet. */
export type Kubernetes = KubernetesApi & {
  /** Runs a further controller with the administrator's kubeconfig, which is also in its KUBECONFIG; returns its log so far. */
  run: (name: string, args: (kubeconfig: string) => string[], env?: Record<string, string>) => () => string
  stop: () => Promise<void>
}

/** The names of the programs in one, and what they are called in the folder of test/engine/up. */
const PROGRAMS: Record<string, string> = {
  ...{ "kube-apiserver": "kubernetes", "kube-controller-manager": "kubernetes" },
  ...{ "argocd-application-controller": "argo-cd", "argocd-repo-server": "argo-cd", "argocd-server": "argo-cd" },
}
const CONTROLLERS = ["clusterrole-aggregation", "deployment", "replicaset", "serviceaccount"].map(
  (name) => `${name}-controller`,
)

/** Starts an empty API on this machine; the programs come from test/engine/up --with=kubernetes. */
export async function startKubernetes(): Promise<Kubernetes> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-kubernetes-"))
  for (const name of ["log", "bin"]) mkdirSync(join(folder, name))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    return join(folder, name)
  }
  const [store = 0, peer = 0, port = 0] = await Promise.all([freePort(), freePort(), freePort()])
  const { certificate, key } = selfSigned("IP:127.0.0.1")
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const access = { url: `https://127.0.0.1:${port}`, authority: certificate, token: randomUUID() }
  const kubeconfig = file("kubeconfig", adminConfig(access))
  const children: ChildProcess[] = []
  const logOf = (name: string) => readFileSync(join(folder, "log", name), "utf8")
  const run = (name: string, args: string[], env: Record<string, string> = {}) => {
    children.push(startProgram(folder, name, { args, env: { ...process.env, KUBECONFIG: kubeconfig, ...env } }))
    return () => logOf(name)
  }
  const stop = async () => {
    await Promise.all(children.map(endProcess))
    rmSync(folder, { recursive: true, force: true })
  }
  const api = kubernetesApi({ ...access, accountsKey: privateKey })
  try {
    run("etcd", etcdArgs(join(folder, "etcd"), { store, peer }))
    const files = {
      ...{ certificate: file("api.crt", certificate), key: file("api.key", key) },
      tokens: file("tokens.csv", `${access.token},admin,1,"system:masters"\n`),
      accounts: file("accounts.key", privateKey.export({ type: "sec1", format: "pem" }).toString()),
    }
    run("kube-apiserver", apiArgs({ store, port, files, folder }))
    await untilReady(api, () => logOf("kube-apiserver"))
    run("kube-controller-manager", controllerArgs(kubeconfig))
  } catch (error) {
    await stop()
    throw error
  }
  return { ...api, stop, run: (name, args, env) => run(name, args(kubeconfig), env) }
}

/** The objects that test/engine/up took from a tool's module, of its custom resource definitions or of its installation. */
export function objectsOf(tool: string, what: "crds" | "admission-manifests"): KubernetesObject[] {
  return objectsIn(join(program(what), tool))
}

function objectsIn(folder: string): KubernetesObject[] {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"))
  return texts
    .flatMap((text) => parseAllDocuments(text).map((document) => document.toJS()))
    .filter((one) => one !== null)
}

/** The definitions of a tool's custom resources, without their webhook, which converts older versions. */
export function crdsOf(tool: string): KubernetesObject[] {
  const own = program(`${tool}-crds`) // of a tool whose own step has them
  const objects = existsSync(own) ? objectsIn(own) : objectsOf(tool, "crds")
  // biome-ignore lint/suspicious/noExplicitAny: tests read any field of any object
  return objects.map(({ spec: { conversion: _, ...spec }, ...rest }: any) => ({ ...rest, spec }))
}

type Program = { args: string[]; env: NodeJS.ProcessEnv }

function startProgram(folder: string, name: string, { args, env }: Program): ChildProcess {
  const source = program(PROGRAMS[name] ?? name)
  if (!existsSync(source)) {
    throw new Error(`expected the program ${source}, got none. Run test/engine/up with the part that builds it.`)
  }
  const called = join(folder, "bin", name)
  symlinkSync(source, called)
  // etcd and the API have nothing to save
  return runUntilClosed([called, ...args], { env, log: join(folder, "log", name), signal: "KILL" })
}

function etcdArgs(data: string, { store, peer }: { store: number; peer: number }): string[] {
  const [clients, peers] = [`http://127.0.0.1:${store}`, `http://127.0.0.1:${peer}`]
  return [
    ...["--name=one", `--data-dir=${data}`, "--unsafe-no-fsync"],
    ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
    ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`, `--initial-cluster=one=${peers}`],
  ]
}

type ApiPlace = { store: number; port: number; folder: string; files: Record<string, string> }

function apiArgs({ store, port, folder, files }: ApiPlace): string[] {
  return [
    ...[`--etcd-servers=http://127.0.0.1:${store}`, `--secure-port=${port}`, `--cert-dir=${folder}`],
    ...["--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none"],
    ...[`--tls-cert-file=${files["certificate"]}`, `--tls-private-key-file=${files["key"]}`],
    ...["--authorization-mode=RBAC", `--token-auth-file=${files["tokens"]}`, "--service-cluster-ip-range=10.96.0.0/16"],
    ...[`--service-account-issuer=${ISSUER}`, `--service-account-signing-key-file=${files["accounts"]}`],
    `--service-account-key-file=${files["accounts"]}`,
    "--allow-privileged=true", // as kubeadm and every distribution set it, and Dagger's engine needs it
  ]
}

function controllerArgs(kubeconfig: string): string[] {
  const alone = ["--secure-port=0", "--leader-elect=false", "--use-service-account-credentials=false"]
  return [`--kubeconfig=${kubeconfig}`, `--controllers=${CONTROLLERS}`, ...alone]
}

function adminConfig({ url, authority, token }: { url: string; authority: string; token: string }): string {
  const data = Buffer.from(authority).toString("base64")
  return stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "here" },
    contexts: [{ name: "here", context: { cluster: "here", user: "admin" } }],
    clusters: [{ name: "here", cluster: { server: url, "certificate-authority-data": data } }],
    users: [{ name: "admin", user: { token } }],
  })
}

async function untilReady(api: KubernetesApi, log: () => string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await api.ask("GET", "/readyz").catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(200)
  }
  throw new Error(`expected a Kubernetes API at ${api.url}, got none: ${log().slice(-2000)}`)
}
