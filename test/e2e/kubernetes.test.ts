import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { leaks } from "../leak/search.ts"
import { ADMISSIONS, NOW } from "../policy/admissions.ts"
import { changed } from "../sync/objects.ts"
import { type Kubelet, startKubelet } from "./kubelet.ts"
import { crdsOf, type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { type KubernetesObject, MERGE } from "./kubernetes-api.ts"
import { useEngine } from "./session.ts"
import { slipway } from "./slipway.ts"

// A real kube-apiserver with its controllers: test/engine/up --with=kubernetes builds them
useEngine()

const REPOSITORY = "ghcr.io/acme/hello"
const OLD = `${REPOSITORY}@sha256:${"0b".repeat(32)}`
/** What the guide tells to apply: an account, a Role and its binding. */
const GUIDE = objectsIn("docs/guides/wait-for-sync.md")
const ROLE = GUIDE.find(({ kind }) => kind === "Role") as KubernetesObject & { rules: object[] }
const ACCOUNT = "slipway"

let api: Kubernetes
let kubelet: Kubelet
/** The images whose pods do not become ready. */
const held = new Set<string>()
beforeAll(async () => {
  api = await startKubernetes()
  kubelet = startKubelet(api, "shop")
  kubelet.starts = (image) => !held.has(image)
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, ...GUIDE)
})
afterAll(async () => {
  await kubelet?.stop()
  await api?.stop()
})

function objectsIn(guide: string): KubernetesObject[] {
  const text = readFileSync(new URL(`../../${guide}`, import.meta.url), "utf8")
  const [, yaml = ""] = text.match(/```yaml\n(apiVersion: [^`]*)```/) ?? []
  return parseAllDocuments(yaml).map((document) => document.toJS())
}

type Wait = { ref: string; token?: string; timeout?: number; settle?: number }

/** The call of the command line with the guide's account. */
async function wait(name: string, { ref, token, timeout = 30, settle = 1 }: Wait): Promise<string> {
  const access = {
    clusterServer: api.url,
    clusterToken: dag.setSecret(randomUUID(), token ?? (await api.tokenOf("shop", ACCOUNT))),
    clusterCaCertificate: dag.file("ca.crt", api.authority),
  }
  const waited = slipway(access).cluster.waitForSync([`deployment/shop/${name}`], undefined, ref, timeout, settle)
  return await waited.catch((error: Error) => error.message)
}

const path = (name: string) => `/apis/apps/v1/namespaces/shop/deployments/${name}`

async function deploy(name: string, image: string, spec: object = {}): Promise<void> {
  const labels = { app: name }
  const template = { metadata: { labels }, spec: { containers: [{ name: "app", image }] } }
  const all = { replicas: 2, selector: { matchLabels: labels }, template, ...spec }
  await api.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name, namespace: "shop" }, spec: all })
}

/** Deploys the old image and waits until it runs. */
async function running(name: string, spec?: object): Promise<void> {
  await deploy(name, OLD, spec)
  expect(await wait(name, { ref: OLD })).toMatch(/^LIVE/)
}

/** An image of the case alone, whose pods start or do not. */
function image(byte: string, { starts }: { starts: boolean }): string {
  const ref = `${REPOSITORY}@sha256:${byte.repeat(32)}`
  if (!starts) held.add(ref)
  return ref
}

describe.concurrent("a wait for a Deployment of a real cluster", () => {
  // the guide's Role names one Deployment, so these have a Role of their own for every one
  beforeAll(async () => {
    const every = changed(ROLE, ({ metadata, rules }) => {
      metadata.name = "every"
      for (const rule of rules) delete rule.resourceNames
    })
    const binding = changed(
      GUIDE.find(({ kind }) => kind === "RoleBinding"),
      ({ metadata, roleRef }) => {
        metadata.name = roleRef.name = "every"
      },
    )
    await api.apply(every, binding as object)
  })

  test("lasts through a rolling update", async () => {
    const ref = image("01", { starts: false })
    await running("rolling")
    await deploy("rolling", ref)
    const waited = wait("rolling", { ref })
    await sleep(3000)
    held.delete(ref)
    expect(await waited).toMatch(/^LIVE after [2-9]\d* s: .*\n.*: 2 of 2 pods are new, 2 available, 2 in all$/)
  })

  test("fails with the controller's words after the progress deadline, and succeeds when the pods start", async () => {
    const ref = image("02", { starts: false })
    await running("stuck", { progressDeadlineSeconds: 1 })
    await deploy("stuck", ref, { progressDeadlineSeconds: 1 })
    expect(await wait("stuck", { ref })).toMatch(
      /^SYNC_FAILED: .* got deployment\/shop\/stuck: not progressing: ProgressDeadlineExceeded: ReplicaSet "stuck-\w+" has timed out progressing\. /,
    )
    held.delete(ref)
    // the condition stays until the last pod is there
    expect(await wait("stuck", { ref, settle: 20 })).toMatch(/^LIVE/)
  })

  test("tells that a Deployment without replicas runs nothing", async () => {
    const ref = image("03", { starts: true })
    await deploy("zero", ref, { replicas: 0 })
    expect(await wait("zero", { ref })).toContain("zero: scaled to 0 replicas: its template has the image, but no pod")
  })

  test("tells at the timeout that a Deployment is paused", async () => {
    const ref = image("04", { starts: true })
    await running("paused")
    await deploy("paused", ref, { paused: true })
    expect(await wait("paused", { ref, timeout: 3 })).toMatch(
      /^SYNC_TIMEOUT: .* got deployment\/shop\/paused: paused: 0 of 2 pods are new, 2 available, 2 in all\. /,
    )
  })

  test("fails if the Deployment is deleted meanwhile", async () => {
    const ref = image("05", { starts: false })
    await deploy("deleted", ref)
    const waited = wait("deleted", { ref })
    await sleep(1000)
    await api.ask("DELETE", path("deleted"))
    expect(await waited).toMatch(/^SYNC_FAILED: .* HTTP 404: deployments\.apps "deleted" not found; deployment\/shop/)
  })

  test("refuses a Deployment with another digest until the timeout", async () => {
    await running("old")
    expect(await wait("old", { ref: image("06", { starts: true }), timeout: 2 })).toMatch(
      `SYNC_TIMEOUT: expected deployment/shop/old to go live within 2 s, got deployment/shop/old: its template has ${OLD}. `,
    )
  })
})

describe("the permissions that the guide names", () => {
  const FORBIDDEN =
    /^SYNC_FAILED: .* HTTP 403: deployments\.apps "hello" is forbidden: User "system:serviceaccount:shop:slipway" cannot get resource "deployments" in API group "apps" in the namespace "shop"; the identity has no permission to get deployment\/shop\/hello\. /

  beforeAll(async () => {
    for (const kind of ["roles", "rolebindings"])
      await api.ask("DELETE", `/apis/rbac.authorization.k8s.io/v1/namespaces/shop/${kind}/every`)
    await api.apply(...GUIDE)
    await deploy("hello", OLD)
  })

  test("suffice", async () => {
    expect(await wait("hello", { ref: OLD })).toMatch(/^LIVE/)
  })

  test.each([
    { verb: "list", method: "GET", path: "/apis/apps/v1/namespaces/shop/deployments" },
    { verb: "get another", method: "GET", path: path("other") },
    { verb: "get in another namespace", method: "GET", path: "/apis/apps/v1/namespaces/default/deployments/hello" },
    { verb: "patch", method: "PATCH", path: path("hello") },
    { verb: "delete", method: "DELETE", path: path("hello") },
    { verb: "read secrets", method: "GET", path: "/api/v1/namespaces/shop/secrets" },
  ])("do not allow to $verb", async ({ method, path: asked }) => {
    const token = await api.tokenOf("shop", ACCOUNT)
    const body = method === "PATCH" ? { spec: { replicas: 0 } } : undefined
    const answer = await api.ask(method, asked, { token, ...(body && { body, type: MERGE }) })
    expect(answer).toMatchObject({ status: 403, body: { reason: "Forbidden" } })
  })

  test("do not suffice without the rule for deployments", async () => {
    const rules = ROLE.rules.filter((rule) => !JSON.stringify(rule).includes("deployments"))
    expect(rules).toHaveLength(ROLE.rules.length - 1)
    await api.apply({ ...ROLE, rules })
    expect(await wait("hello", { ref: OLD })).toMatch(FORBIDDEN)
    await api.apply(ROLE)
    expect(await wait("hello", { ref: OLD })).toMatch(/^LIVE/)
  })

  test("do not suffice without the verb get", async () => {
    const rules = ROLE.rules.map((rule) => ({ ...rule, verbs: ["list", "watch"] }))
    await api.apply({ ...ROLE, rules })
    expect(await wait("hello", { ref: OLD })).toMatch(FORBIDDEN)
    await api.apply(ROLE)
  })

  test("do not suffice without the binding", async () => {
    const binding = GUIDE.find(({ kind }) => kind === "RoleBinding") as KubernetesObject
    await api.ask("DELETE", `/apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/${binding.metadata.name}`)
    expect(await wait("hello", { ref: OLD })).toMatch(FORBIDDEN)
    await api.apply(binding)
    expect(await wait("hello", { ref: OLD })).toMatch(/^LIVE/)
  })

  test("are worth nothing when the account is deleted", async () => {
    const account = changed(GUIDE[0], ({ metadata }) => {
      metadata.name = "gone"
    }) as KubernetesObject
    await api.apply(account)
    const token = await api.tokenOf("shop", "gone")
    await api.ask("DELETE", "/api/v1/namespaces/shop/serviceaccounts/gone")
    expect(await wait("hello", { ref: OLD, token })).toMatch(
      /^SYNC_FAILED: .* HTTP 401: Unauthorized; the token is invalid or expired\. /,
    )
  })

  test("are worth nothing with an expired token", async () => {
    const token = await api.tokenOf("shop", ACCOUNT, -120)
    const refused = await wait("hello", { ref: OLD, token })
    expect(refused).toMatch(/^SYNC_FAILED: .* HTTP 401: Unauthorized; the token is invalid or expired\. /)
    expect(leaks(refused, { token })).toEqual([])
  })
})

describe("the manifests that the API accepts with strict validation", () => {
  beforeAll(async () => {
    await api.apply(...["external-secrets", "kyverno", "policy-controller"].flatMap(crdsOf))
  })

  test("a pull Secret, whose login the cluster reads as it was given", async () => {
    const login = { username: "robot", password: 'of "fixture" \\ ü' }
    const password = dag.setSecret(randomUUID(), login.password)
    const manifest = await slipway().cluster.pullSecret(REPOSITORY, "ghcr", "shop", login.username, password)
    await api.apply(...documents(await manifest.plaintext()))
    const { body } = await api.ask("GET", "/api/v1/namespaces/shop/secrets/ghcr")
    expect(body.type).toBe("kubernetes.io/dockerconfigjson")
    const config = JSON.parse(Buffer.from(body.data[".dockerconfigjson"], "base64").toString())
    expect(Buffer.from(config.auths["ghcr.io"].auth, "base64").toString()).toBe(`robot:${login.password}`)
  })

  test.each([
    { name: "one with a whole docker config", properties: [] },
    { name: "one with user and password", properties: ["user", "token"] },
  ])("a ServiceAccount and an ExternalSecret, $name", async ({ properties: [user, password] }) => {
    const store = ["ClusterSecretStore/vault", "registry/ghcr", user, password] as const
    const files = await slipway().cluster.pullManifests(REPOSITORY, "ghcr", "shop", "puller", ...store)
    const objects = await Promise.all(
      ["service-account.yaml", "external-secret.yaml"].map(async (name) =>
        documents(await files.file(name).contents()),
      ),
    )
    await api.apply(...objects.flat())
    const { body } = await api.ask("GET", "/api/v1/namespaces/shop/serviceaccounts/puller")
    expect(body.imagePullSecrets).toEqual([{ name: "ghcr" }])
    const unknown = changed(objects.flat().at(-1), ({ spec }) => {
      spec.target.nothing = 1
    })
    await expect(api.apply(unknown as object)).rejects.toThrow(
      /HTTP 500: .*\.spec\.target\.nothing: field not declared/,
    )
  })

  test("a ServiceAccount whose pods pull with the Secret, also if the cluster made the account", async () => {
    for (const account of ["puller", "default"]) {
      const files = await slipway().cluster.pullManifests(REPOSITORY, "ghcr", "shop", account)
      await api.apply(...documents(await files.file("service-account.yaml").contents()))
      const spec = { serviceAccountName: account, containers: [{ name: "app", image: OLD }] }
      const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "pulls" }, spec }
      const { body } = await api.ask("POST", "/api/v1/namespaces/shop/pods?dryRun=All", { body: pod })
      expect(body.spec.imagePullSecrets, body.message).toEqual([{ name: "ghcr" }])
    }
  })

  test.each(Object.entries(ADMISSIONS))("the admission policies for %s", async (_, admission) => {
    const files = Object.entries(policyFiles(admission, NOW)).filter(([path]) => path.endsWith(".yaml"))
    expect(files.length).toBeGreaterThan(1)
    await api.apply(...files.flatMap(([, text]) => documents(text)))
  })
})

function documents(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml).map((document) => document.toJS())
}
