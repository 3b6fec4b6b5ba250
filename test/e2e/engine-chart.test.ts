import { readFileSync } from "node:fs"
import { dag } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import { type Kubernetes, startKubernetes } from "./kubernetes.ts"
import type { KubernetesObject } from "./kubernetes-api.ts"
import { useEngine } from "./session.ts"

// Helm renders Dagger's own chart, from its Go module, and a real API accepts the objects.
useEngine()

const MODULE = "github.com/dagger/dagger@v0.21.8"
const HELM_IMAGE = "docker.io/alpine/helm:4.3.1"
const EXAMPLE = new URL("../../examples/ci/engine/", import.meta.url)
const exampleText = (name: string) => readFileSync(new URL(name, EXAMPLE), "utf8")
const POLICY = parseAllDocuments(exampleText("network-policy.yaml")).map((one) => one.toJS())[0]

// biome-ignore lint/suspicious/noExplicitAny: the fields of any object
type Rendered = KubernetesObject & { spec: any; data: Record<string, string> }

let api: Kubernetes
let rendered: Rendered[]
beforeAll(async () => {
  const chart = dag
    .container()
    .from("golang:1.26")
    .withExec(["go", "mod", "download", MODULE])
    .directory(`/go/pkg/mod/${MODULE}/helm/dagger`)
  const helm = dag.container().from(HELM_IMAGE).withMountedDirectory("/chart", chart)
  const template = ["helm", "template", "dagger", "/chart", "--namespace=dagger", "--values=/values.yaml"]
  const rendering = helm.withNewFile("/values.yaml", exampleText("values.yaml")).withExec(template).stdout()
  api = await startKubernetes()
  rendered = parseAllDocuments(await rendering).flatMap((one) => (one.toJS() as Rendered | null) ?? [])
})
afterAll(() => api?.stop())

const ofKind = (kind: string) => rendered.find((one) => one.kind === kind)

test("Dagger's chart makes one engine that keeps its disk, at the address of the jobs, and a real API takes it", async () => {
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "dagger" } })
  const objects = rendered.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: "dagger" } }))
  await api.apply(...objects, POLICY)

  const engine = ofKind("StatefulSet")
  expect(engine?.spec).toMatchObject({
    replicas: 1,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    volumeClaimTemplates: [{ metadata: { name: "data" }, spec: { resources: { requests: { storage: "100Gi" } } } }],
  })
  const [container] = engine?.spec.template.spec.containers ?? []
  expect(container.image).toBe("registry.dagger.io/engine:v0.21.8")
  expect(container.volumeMounts).toContainEqual({ name: "data", mountPath: "/var/lib/dagger" })
  const volumes = engine?.spec.template.spec.volumes ?? []
  expect(
    volumes.filter((one: object) => "hostPath" in one),
    "nothing is left on the node",
  ).toEqual([])

  const service = ofKind("Service")
  const address = `tcp://${service?.metadata.name}.dagger:${service?.spec.ports[0].port}`
  const job = readFileSync(new URL("../gitlab-ci-persistent.yml", EXAMPLE), "utf8")
  expect(job).toContain(`_EXPERIMENTAL_DAGGER_RUNNER_HOST: ${address}\n`)
})

test("the engine deletes old layers before its disk is full", () => {
  const { gc } = JSON.parse(ofKind("ConfigMap")?.data["engine.json"] ?? "{}")
  expect(Number.parseInt(gc.maxUsedSpace, 10)).toBeLessThan(100)
})

test("the network policy covers the engine's pods and its port", () => {
  const labels = ofKind("StatefulSet")?.spec.template.metadata.labels
  expect(labels).toMatchObject(POLICY.spec.podSelector.matchLabels)
  expect(POLICY.spec.ingress[0].ports).toEqual([{ port: ofKind("Service")?.spec.ports[0].port }])
})
