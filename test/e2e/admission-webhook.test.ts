import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { mapConcurrently } from "../../lib/engine/concurrency.ts"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import { INCLUDED, startKyverno, startPolicyController } from "./admission-webhook.ts"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import { withTufMirror } from "./policy-judges.ts"
import {
  ADMITTED,
  ENGINES,
  type Engine,
  IMAGES,
  type ImageName,
  POLICIES,
  type PolicyName,
  type PolicyWorld,
  REGISTRY,
  startPolicyWorld,
} from "./policy-world.ts"
import { useEngine } from "./session.ts"
import { startTufRepository, type TufRepository } from "./tuf-repository.ts"

// Every policy in front of a real Kubernetes API, enforced by the controller that it is for: the API admits and refuses what
// the engines' programs do (policy-engines.test.ts). test/engine/up builds the parts that test/e2e-files.ts names.
useEngine()

const PREFIX: Record<Engine, string> = {
  ...{ ImageValidatingPolicy: "image", ClusterPolicy: "cluster", ClusterImagePolicy: "controller" },
}
/** Each policy has a host name of the registry, so that all of them are enforced at the same time. */
const hostOf = (engine: Engine, policy: PolicyName) => `${PREFIX[engine]}-${policy}.localhost:5000`

let world: PolicyWorld
let api: Kubernetes
const verdicts: Record<string, { status: number; message: string }> = {}

beforeAll(async () => {
  ;[world, api] = await Promise.all([startPolicyWorld(), startKubernetes()])
  const tuf = await startTufRepository(await bothRoots())
  const hosts = ENGINES.flatMap((engine) => POLICIES.map((policy) => [hostOf(engine, policy), world.registry.port]))
  const at = { registries: Object.fromEntries(hosts), tuf }
  const [controller, kyverno] = await Promise.all([startPolicyController(api, at), startKyverno(api, at)])
  const labelled = { name: namespaceOf("ClusterImagePolicy"), labels: INCLUDED }
  await api.apply(...[labelled, { name: namespaceOf("ClusterPolicy") }].map(namespace))
  for (const policy of POLICIES) {
    for (const engine of ENGINES) {
      await (engine === "ClusterImagePolicy" ? controller : kyverno).enforce(
        repositoryOf(engine, policy),
        ...documents(engine, policy, tuf),
      )
    }
  }
  const cells = ENGINES.flatMap((engine) =>
    POLICIES.flatMap((policy) => IMAGES.map((image) => ({ engine, policy, image }))),
  )
  await mapConcurrently(cells, async ({ engine, policy, image }) => {
    verdicts[`${engine} ${policy} ${image}`] = await create(pod(imageOf(engine, policy, image)), podsOf(engine))
  })
})
afterAll(() => api?.stop())

/** One root for the public and the private instance, because Kyverno has one TUF repository for its older kind of policy. */
async function bothRoots(): Promise<string> {
  const roots = [world.publicLike.trustedRoot, await world.sigstore.services.trustedRoot.contents()]
  const [one, other] = roots.map((root) => JSON.parse(root) as Record<string, object[]>)
  const lists = ["certificateAuthorities", "timestampAuthorities", "tlogs", "ctlogs"]
  const both = lists.map((list) => [list, [...(one?.[list] ?? []), ...(other?.[list] ?? [])]])
  return JSON.stringify({ ...one, ...Object.fromEntries(both) })
}

/** policy-controller refuses what no policy of its covers, in the namespaces with its label. */
const namespaceOf = (engine: Engine) => (engine === "ClusterImagePolicy" ? "labelled" : "unlabelled")
const podsOf = (engine: Engine) => `/api/v1/namespaces/${namespaceOf(engine)}/pods`
const namespace = (metadata: object) => ({ apiVersion: "v1", kind: "Namespace", metadata })
const repositoryOf = (engine: Engine, policy: PolicyName) => `${hostOf(engine, policy)}/acme/app`
const imageOf = (engine: Engine, policy: PolicyName, image: ImageName) =>
  world.refOf(image).replace(`${REGISTRY}:5000`, hostOf(engine, policy))

/** What admission-policies writes for the engine; for keyless ones with the TUF repository, as the notes on top advise. */
function documents(engine: Engine, policy: PolicyName, tuf: TufRepository): (string | undefined)[] {
  const files = policyFiles({ ...world.admissions[policy], repository: repositoryOf(engine, policy) })
  switch (engine) {
    case "ImageValidatingPolicy": {
      const text = files["kyverno/image-validating-policy.yaml"] ?? ""
      return [text.includes("keyless:") ? withTufMirror(text, tuf, tuf.url) : text]
    }
    case "ClusterPolicy":
      return [files["kyverno/cluster-policy.yaml"]]
    case "ClusterImagePolicy":
      return [files["policy-controller/trust-root.yaml"], files["policy-controller/cluster-image-policy.yaml"]]
  }
}

const spec = (image: string) => ({ containers: [{ name: "app", image }] })
const pod = (image: string) => ({ apiVersion: "v1", kind: "Pod", metadata: { name: "app" }, spec: spec(image) })

/** Asks the API to create an object, without effect. */
async function create(object: object, path: string) {
  const { status, body } = await api.ask("POST", `${path}?dryRun=All`, { body: object })
  return { status, message: String(body.message ?? "") }
}

/** An image that no policy covers: Kyverno admits it, and policy-controller refuses it in the namespaces that it checks. */
function admits(engine: Engine, policy: PolicyName, image: ImageName): boolean {
  if (image === "other-repository") return engine !== "ClusterImagePolicy"
  return ADMITTED[engine][policy].includes(image)
}

describe.each(ENGINES)("%s", (engine) => {
  describe.each(POLICIES)("for %s", (policy) => {
    const cells = IMAGES.map((image) => ({ image, verdict: admits(engine, policy, image) ? "admitted" : "refused" }))
    test.each(cells)("$image: $verdict", ({ image, verdict }) => {
      const { status, message } = verdicts[`${engine} ${policy} ${image}`] ?? { status: 0, message: "" }
      expect(message).not.toContain("failed calling webhook")
      expect(status < 400 ? "admitted" : "refused", message).toBe(verdict)
    })
  })
})

describe("more than pods with one container", () => {
  const signed = (engine: Engine) => imageOf(engine, "key-both", "both")
  const unsigned = (engine: Engine) => imageOf(engine, "key-both", "unsigned")
  const template = (image: string) => ({ metadata: { labels: { app: "app" } }, spec: spec(image) })
  const workload = (kind: string, image: string) => ({
    ...{ apiVersion: "apps/v1", kind, metadata: { name: "app" } },
    spec: { selector: { matchLabels: { app: "app" } }, template: template(image) },
  })
  const cronJob = (image: string) => ({
    ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "app" } },
    spec: {
      schedule: "0 0 * * *",
      jobTemplate: { spec: { template: { spec: { ...spec(image), restartPolicy: "Never" } } } },
    },
  })
  const started = (image: string, first: string) => {
    const one = pod(image)
    return { ...one, spec: { ...one.spec, initContainers: [{ name: "first", image: first }] } }
  }

  const OBJECTS = [
    { kind: "a Deployment", path: "apps/v1 deployments", of: (image: string) => workload("Deployment", image) },
    { kind: "a DaemonSet", path: "apps/v1 daemonsets", of: (image: string) => workload("DaemonSet", image) },
    { kind: "a CronJob", path: "batch/v1 cronjobs", of: cronJob },
  ]
  const cells = ENGINES.flatMap((engine) => OBJECTS.map((one) => ({ engine, ...one })))
  test.each(cells)(
    "$engine admits $kind of a signed image, and refuses it of another",
    async ({ engine, path, of }) => {
      const [group, resource] = path.split(" ")
      const place = `/apis/${group}/namespaces/${namespaceOf(engine)}/${resource}`
      expect(await create(of(signed(engine)), place)).toMatchObject({ status: 201 })
      const refused = await create(of(unsigned(engine)), place)
      expect(refused.status, refused.message).toBeGreaterThanOrEqual(400)
    },
  )

  test.each(ENGINES)("%s refuses an init container before a signed one", async (engine) => {
    expect(await create(started(signed(engine), signed(engine)), podsOf(engine))).toMatchObject({ status: 201 })
    const refused = await create(started(signed(engine), unsigned(engine)), podsOf(engine))
    expect(refused.status, refused.message).toBeGreaterThanOrEqual(400)
  })

  test.each(ENGINES)("%s refuses a container that is added to a running pod", async (engine) => {
    const name = `running-${engine.toLowerCase()}`
    await api.apply({ ...pod(signed(engine)), metadata: { name, namespace: namespaceOf(engine) } })
    const add = async (image: string) => {
      const body = { spec: { ephemeralContainers: [{ name: "debug", image }] } }
      const path = `${podsOf(engine)}/${name}/ephemeralcontainers?dryRun=All`
      return await api.ask("PATCH", path, { body, type: "application/strategic-merge-patch+json" })
    }
    expect(await add(signed(engine))).toMatchObject({ status: 200 })
    const { status, body } = await add(unsigned(engine))
    expect(status, body.message).toBeGreaterThanOrEqual(400)
  })

  test("policy-controller checks only the namespaces with its label", async () => {
    const path = podsOf("ClusterPolicy")
    expect(await create(pod(unsigned("ClusterImagePolicy")), path)).toMatchObject({ status: 201 })
    expect(await create(pod(unsigned("ClusterPolicy")), path)).not.toMatchObject({ status: 201 })
  })
})
