import type { IncomingMessage } from "node:http"
import { createServer } from "node:https"
import type { AddressInfo } from "node:net"
import { dag } from "@dagger.io/dagger"
import { selfSigned } from "./certificate.ts"
import type { Admission } from "./delivery-story.ts"
import { keptOpen } from "./kept-open.ts"
import type { KubernetesApi } from "./kubernetes-api.ts"
import { judgeByController } from "./policy-judges.ts"
import { slipway } from "./slipway.ts"

/** The verdict on an image: the reason of a refusal, or undefined. */
type Judge = (image: string) => Promise<string | undefined>

/** The label of namespaces that policy-controller judges. */
const LABEL = { "policy.sigstore.dev/include": "true" }

/**
 * policy-controller's own judgement, by its tester and with the policy that Slipway writes, behind a webhook of this test. All
 * that differs from policy-controller's webhook is the server. test/engine/up --with=policy-tester serves the tester.
 */
export const POLICY_TESTER: Admission = {
  name: "policy-controller's tester",
  refusal: /admission webhook "policy\.sigstore\.dev" denied the request: /,
  start: async ({ api, registry, key }, ref) => {
    const access = { registryService: registry.service, plainHttp: true }
    const publicKey = dag.host().file(key.publicKey)
    const files = await slipway(access).signature.admissionPolicies(ref, publicKey)
    const policy = await files.file("policy-controller/cluster-image-policy.yaml").contents()
    const known = new Map<string, ReturnType<Judge>>()
    const judge: Judge = (image) => {
      const verdict = known.get(image) ?? judgeOne(image)
      known.set(image, verdict)
      return verdict
    }
    const judgeOne: Judge = async (image) => {
      const verdicts = await judgeByController({ registry: registry.service, policy, images: [image] })
      const { verdict, words } = verdicts[image] ?? { verdict: "not judged", words: "" }
      return verdict === "admitted" ? undefined : `${verdict}: ${words}`
    }
    const server = await serveWebhook(api, judge)
    return { judged: () => [...known.keys()], stop: server.stop }
  },
}

/** https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
async function serveWebhook(api: KubernetesApi, judge: Judge): Promise<{ stop: () => void }> {
  const { certificate, key } = selfSigned("IP:127.0.0.1")
  const server = keptOpen(
    createServer({ cert: certificate, key }, async (asked, answer) => {
      const { request } = JSON.parse(await textOf(asked))
      const reasons = await Promise.all(imagesOf(request.object.spec).map(judge)).catch((error) => [String(error)])
      const message = reasons.filter((reason) => reason !== undefined).join("; ")
      const response = { uid: request.uid, allowed: message === "", ...(message && { status: { code: 403, message } }) }
      const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response }
      answer.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(review))
    }),
  )
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  server.unref()
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: LABEL } }
  await api.apply(namespace, webhook((server.address() as AddressInfo).port, certificate))
  return { stop: () => void server.close() }
}

function webhook(port: number, certificate: string): object {
  const caBundle = Buffer.from(certificate).toString("base64")
  const operations = ["CREATE", "UPDATE"]
  return {
    ...{ apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingWebhookConfiguration" },
    metadata: { name: "policy.sigstore.dev" },
    webhooks: [
      {
        ...{ name: "policy.sigstore.dev", clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle } },
        ...{ admissionReviewVersions: ["v1"], sideEffects: "None", failurePolicy: "Fail", timeoutSeconds: 30 },
        namespaceSelector: { matchLabels: LABEL },
        rules: [
          { operations, apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] },
          { operations, apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments", "replicasets"] },
        ],
      },
    ],
  }
}

type PodSpec = { containers: { image: string }[]; initContainers?: { image: string }[] }

/** The images of a pod, or of a workload's template. */
function imagesOf(spec: PodSpec & { template?: { spec: PodSpec } }): string[] {
  const { containers, initContainers = [] } = spec.template?.spec ?? spec
  return [...initContainers, ...containers].map(({ image }) => image)
}

async function textOf(asked: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of asked) parts.push(part)
  return Buffer.concat(parts).toString()
}
