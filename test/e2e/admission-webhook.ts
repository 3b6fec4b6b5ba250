import { randomUUID } from "node:crypto"
import { mkdtempSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseAllDocuments } from "yaml"
import { startProxy } from "./gateway.ts"
import { freePort } from "./git-server.ts"
import { type Kubernetes, objectsOf } from "./kubernetes.ts"
import type { KubernetesObject } from "./kubernetes-api.ts"
import type { TufRepository } from "./tuf-repository.ts"

/** An admission controller in front of a real Kubernetes API, with its own certificates and webhook configurations. */
export type AdmissionController = {
  /** Applies the documents that admission-policies wrote for it, and waits until it refuses an unknown digest. */
  enforce: (repository: string, ...documents: (string | undefined)[]) => Promise<void>
  log: () => string
}

type Surroundings = {
  /** The registries that it reads, by the host and port in references, each with its port on this machine. */
  registries: Record<string, number>
  /** What it takes for Sigstore's TUF repository; without, it knows no public instance. */
  tuf?: TufRepository
}

/** The label of the namespaces that policy-controller checks. */
export const INCLUDED = { "policy.sigstore.dev/include": "true" }

/** policy-controller copies its port before it reads its flag --secure-port, so two at a time cannot run on a machine. */
const PORT = 8443

/**
 * Sigstore's policy-controller, from test/engine/up --with=policy-webhook. The API reaches it by its Service, which stands
 * for this machine; so its certificate, and its registration, are those of its own installation.
 */
export async function startPolicyController(api: Kubernetes, at: Surroundings): Promise<AdmissionController> {
  const [metrics, profiling] = await Promise.all([freePort(), freePort()])
  await until(() => "", `port ${PORT} to be free`, { of: async () => !(await accepts(PORT)), tries: 2000 })
  const namespace = "cosign-system"
  const service = { type: "ExternalName", externalName: "localhost" }
  const kinds = ["Namespace", "ConfigMap", "Secret"]
  const installed = objectsOf("policy-controller", "admission-manifests")
  await api.apply(
    ...installed.filter(({ kind }) => kinds.includes(kind)),
    { apiVersion: "v1", kind: "Service", metadata: { name: "webhook", namespace }, spec: service },
    ...installed.filter(({ kind }) => kind.endsWith("Definition") || kind.endsWith("Configuration")).map(atPort(PORT)),
  )
  const tufArgs = at.tuf
    ? [`--tuf-mirror=${at.tuf.url}`, `--tuf-root=${newFile("root.json", at.tuf.root)}`]
    : ["--disable-tuf"]
  const env = {
    ...(await surroundings(at)),
    ...{ SYSTEM_NAMESPACE: namespace, CONFIG_LOGGING_NAME: "config-logging", WEBHOOK_NAME: "webhook" },
    ...{ METRICS_DOMAIN: "sigstore.dev/policy", METRICS_PROMETHEUS_PORT: `${metrics}`, PROFILING_PORT: `${profiling}` },
  }
  const log = api.run("policy-webhook", () => tufArgs, env)
  for (const kind of ["validating", "mutating"]) {
    for (const name of ["policy.sigstore.dev", POLICY_WEBHOOKS[kind]]) {
      const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${name}`
      await until(log, `${name} to have an authority`, {
        of: async () => {
          const { body } = await api.ask("GET", path)
          return Boolean(body.webhooks?.[0]?.clientConfig.caBundle && body.webhooks[0].rules?.length)
        },
      })
    }
  }
  await until(log, "policy-controller to accept connections", { of: () => accepts(PORT) })
  const ready = isReady(({ conditions = [] }) => conditions.find(({ type }) => type === "Ready")?.status === "True")
  return {
    log,
    enforce: enforcing(api, { log, ready, notYet: /no matching policies|failed calling webhook/, labels: INCLUDED }),
  }
}

const POLICY_WEBHOOKS: Record<string, string> = {
  validating: "validating.clusterimagepolicy.sigstore.dev",
  mutating: "defaulting.clusterimagepolicy.sigstore.dev",
}

/** Kyverno's admission controller, from test/engine/up --with=kyverno-webhook, which the API reaches by an address. */
export async function startKyverno(api: Kubernetes, at: Surroundings): Promise<AdmissionController> {
  const port = await freePort()
  const installed = objectsOf("kyverno", "admission-manifests")
  const kinds = [
    "Namespace",
    "ConfigMap",
    "CustomResourceDefinition",
    "ServiceAccount",
    "ClusterRole",
    "ClusterRoleBinding",
  ]
  await api.apply(...installed.filter(({ kind }) => kinds.includes(kind)))
  const { args, env } = containerOf(installed, "kyverno-admission-controller")
  const changes = [
    ...[`--serverIP=127.0.0.1:${port}`, "--webhookServerHost=127.0.0.1", `--webhookServerPort=${port}`],
    ...["--disableMetrics=true", "--controllerRuntimeMetricsAddress=0", "--allowInsecureRegistry=true"],
    "--generateValidatingAdmissionPolicy=false",
    ...(at.tuf ? ["--enableTuf", `--tufMirror=${at.tuf.url}`, `--tufRoot=${newFile("root.json", at.tuf.root)}`] : []),
  ]
  const log = api.run("kyverno-webhook", (kubeconfig) => [...args, `--kubeconfig=${kubeconfig}`, ...changes], {
    ...env,
    ...(await surroundings(at)),
  })
  await until(log, "Kyverno to register its webhooks for policies", {
    of: async () => {
      const { body } = await api.ask("GET", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
      const names = (body.items as KubernetesObject[]).map(({ metadata }) => metadata.name)
      return names.includes("kyverno-policy-validating-webhook-cfg")
    },
  })
  await until(log, "Kyverno to accept connections", { of: () => accepts(port) })
  const ready = isReady(
    ({ conditionStatus, conditions = [] }) =>
      conditionStatus?.ready ?? conditions.find(({ type }) => type === "Ready")?.status === "True",
  )
  return { log, enforce: enforcing(api, { log, ready, notYet: /failed calling webhook/, labels: {} }) }
}

/** The webhook's port in an object of policy-controller's installation. */
function atPort(port: number): (object: KubernetesObject) => object {
  return (object) =>
    JSON.parse(JSON.stringify(object), (_, value) =>
      value?.name === "webhook" && value.namespace === "cosign-system" ? { ...value, port } : value,
    )
}

const newFolder = () => mkdtempSync(join(tmpdir(), "slipway-admission-"))

function newFile(name: string, text: string): string {
  const file = join(newFolder(), name)
  writeFileSync(file, text)
  return file
}

async function surroundings({ registries }: Surroundings): Promise<Record<string, string>> {
  const home = newFolder()
  const proxy = await startProxy(registries)
  return { HOME: home, TUF_ROOT: join(home, "tuf"), HTTP_PROXY: `http://127.0.0.1:${proxy}` }
}

type Variable = { name: string; value?: string; valueFrom?: { fieldRef: { fieldPath: string } } }

/** The arguments and variables of a Deployment's container. */
function containerOf(objects: KubernetesObject[], name: string): { args: string[]; env: Record<string, string> } {
  // biome-ignore lint/suspicious/noExplicitAny: tests read any field of any object
  const deployment = objects.find(({ kind, metadata }) => kind === "Deployment" && metadata.name === name) as any
  const { args, env } = deployment.spec.template.spec.containers[0] as { args: string[]; env: Variable[] }
  const fields: Record<string, string> = { "metadata.namespace": "kyverno", "metadata.name": `${name}-0` }
  const valueIn = ({ value, valueFrom }: Variable) => value ?? fields[valueFrom?.fieldRef.fieldPath ?? ""] ?? ""
  return { args, env: Object.fromEntries(env.map((variable) => [variable.name, valueIn(variable)])) }
}

type Status = { conditions?: { type: string; status: string }[]; conditionStatus?: { ready?: boolean } }

function isReady(judge: (status: Status) => boolean) {
  return ({ status }: { status?: Status }): boolean => status !== undefined && judge(status)
}

type Enforcing = {
  log: () => string
  ready: ReturnType<typeof isReady>
  notYet: RegExp
  /** Those of a namespace that this controller alone checks. */
  labels: Record<string, string>
}

function enforcing(api: Kubernetes, { log, ready, notYet, labels }: Enforcing): AdmissionController["enforce"] {
  return async (repository, ...documents) => {
    const objects = documents.flatMap((text = "") => parseAllDocuments(text).map((one) => one.toJS()))
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: `probe-${randomUUID()}`, labels } }
    // a webhook accepts connections before it has its certificate
    await until(log, "the policies to be accepted", {
      of: () =>
        api.apply(namespace, ...objects).then(
          () => true,
          (error: Error) => {
            if (notYet.test(error.message)) return false
            throw error
          },
        ),
    })
    for (const object of objects as KubernetesObject[]) {
      await until(log, `${object.kind} to be ready`, { of: async () => ready(await api.read(object)) })
    }
    const spec = { containers: [{ name: "app", image: `${repository}@sha256:${"00".repeat(32)}` }] }
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "probe" }, spec }
    await until(log, `an unknown digest of ${repository} to be refused`, {
      of: async () => {
        const { status, body } = await api.ask(
          "POST",
          `/api/v1/namespaces/${namespace.metadata.name}/pods?dryRun=All`,
          { body: pod },
        )
        return status >= 400 && !notYet.test(body.message) && !/service account .* not found/i.test(body.message)
      },
    })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false))
    socket.on("connect", () => socket.destroy())
  })
}

type Awaited = { of: () => Promise<boolean>; tries?: number }

async function until(log: () => string, what: string, { of: is, tries = 300 }: Awaited): Promise<void> {
  for (let left = tries; left > 0; left--) {
    if (await is()) return
    await sleep(300)
  }
  throw new Error(`expected ${what}, got none of it after ${tries} tries: ${log().slice(-3000)}`)
}
