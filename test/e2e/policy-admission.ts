import { dag } from "@dagger.io/dagger"
import { INCLUDED, startPolicyController } from "./admission-webhook.ts"
import type { Admission } from "./delivery-story.ts"
import { slipway } from "./slipway.ts"

/** policy-controller's webhook, with the policy that admission-policies writes. */
export const POLICY_CONTROLLER: Admission = {
  name: "policy-controller",
  refusal: /admission webhook "policy\.sigstore\.dev" denied the request: /,
  start: async ({ api, registry, key }, ref) => {
    const [repository = "", host = ""] = ref.match(/^([^/]+)\/[^@]+(?=@)/) ?? []
    const access = { registryService: registry.service, plainHttp: true }
    const files = await slipway(access).signature.admissionPolicies(ref, dag.host().file(key.publicKey))
    const policy = await files.file("policy-controller/cluster-image-policy.yaml").contents()
    const controller = await startPolicyController(api, { registries: { [host]: registry.port } })
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: INCLUDED } })
    await controller.enforce(repository, policy)
  },
}
