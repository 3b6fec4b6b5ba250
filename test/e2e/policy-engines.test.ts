import { beforeAll, describe, expect, test } from "vitest"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import {
  judgeByController,
  judgeByKyverno,
  tufCacheOf,
  type Verdict,
  type Verdicts,
  type Workload,
  withTufMirror,
  workload,
} from "./policy-judges.ts"
import {
  ADMITTED,
  ENGINES,
  type Engine,
  IMAGES,
  type ImageName,
  POLICIES,
  type PolicyName,
  type PolicyWorld,
  startPolicyWorld,
} from "./policy-world.ts"
import { useEngine } from "./session.ts"
import { startTufRepository, type TufRepository } from "./tuf-repository.ts"

// Runs every policy in its engine's program on every kind of image; each admits only the images that the table lists.
// test/engine/up --with=kyverno,policy-tester,fulcio,timestamp-server serves them all.
useEngine()

let world: PolicyWorld
const verdicts: Record<string, Verdicts> = {}

beforeAll(async () => {
  world = await startPolicyWorld()
  const files = POLICIES.map((name) => [name, policyFiles(world.admissions[name])] as const)
  await judgeAll(Object.fromEntries(files) as Record<PolicyName, Record<string, string>>)
})

async function judgeAll(files: Record<PolicyName, Record<string, string>>): Promise<void> {
  const [likePublic, own] = await Promise.all([
    startTufRepository(world.publicLike.trustedRoot),
    world.sigstore.services.trustedRoot.contents().then(startTufRepository),
  ])
  await Promise.all(
    POLICIES.flatMap((name) => {
      const policy = files[name]
      // for a ClusterPolicy, Kyverno reads a private instance's root from its TUF repository
      const tuf = name === "private" ? own : likePublic
      return [
        note(
          "ImageValidatingPolicy",
          name,
          judgeValidating(policy["kyverno/image-validating-policy.yaml"], likePublic),
        ),
        note("ClusterPolicy", name, judgeCluster(policy["kyverno/cluster-policy.yaml"], cacheOf(tuf, files.public))),
        note("ClusterImagePolicy", name, judgeController(policy, cacheOf(likePublic, files.public))),
      ]
    }),
  )
}

async function note(engine: Engine, name: PolicyName, judged: Promise<Verdicts>): Promise<void> {
  verdicts[`${engine} ${name}`] = await judged
}

const registryService = () => world.registry.access.service
const resources = () =>
  (["Pod", "Deployment"] as const).flatMap((kind) => IMAGES.map((name) => workload(kind, name, world.refOf(name))))

function judgeValidating(policy = "", tuf: TufRepository): Promise<Verdicts> {
  const keyed = !policy.includes("keyless:")
  const mirrored = keyed ? policy : withTufMirror(policy, tuf)
  return judgeByKyverno({ registry: registryService(), tuf, policy: mirrored, resources: resources() })
}

function judgeCluster(policy = "", tufCache: ReturnType<typeof cacheOf>): Promise<Verdicts> {
  return judgeByKyverno({ registry: registryService(), tufCache, policy, resources: resources() })
}

async function judgeController(files: Record<string, string>, tufCache: ReturnType<typeof cacheOf>): Promise<Verdicts> {
  const images = IMAGES.map(world.refOf)
  const judged = await judgeByController({
    ...{ registry: registryService(), tufCache, images },
    policy: files["policy-controller/cluster-image-policy.yaml"] ?? "",
    trustRoot: files["policy-controller/trust-root.yaml"],
  })
  return Object.fromEntries(IMAGES.map((name) => [name, judged[world.refOf(name)] as Verdicts[string]]))
}

/** Reads a TUF repository for the first time, by a policy that names it. */
function cacheOf(tuf: TufRepository, files: Record<string, string>) {
  const policy = withTufMirror(files["kyverno/image-validating-policy.yaml"] ?? "", tuf)
  const resources = [workload("Pod", "first", world.refOf("public"))]
  return tufCacheOf({ registry: registryService(), tuf, policy, resources })
}

function expected(engine: Engine, policy: PolicyName, image: ImageName): Verdict {
  if (ADMITTED[engine][policy].includes(image)) return "admitted"
  if (image !== "other-repository") return "refused"
  // an image that no policy covers: Kyverno's newer kind passes the pod, its older one reports nothing, and
  // policy-controller's tester refuses it, as a cluster can be configured to do
  const elsewhere: Record<Engine, Verdict> = {
    ImageValidatingPolicy: "admitted",
    ClusterPolicy: "not judged",
    ClusterImagePolicy: "refused",
  }
  return elsewhere[engine]
}

const judgedAs: Record<Engine, (Workload | "")[]> = {
  ImageValidatingPolicy: ["Pod", "Deployment"],
  ClusterPolicy: ["Pod", "Deployment"],
  ClusterImagePolicy: [""], // its tester takes an image; the webhook selects the kinds
}

describe.each(ENGINES)("%s", (engine) => {
  describe.each(POLICIES)("for %s", (policy) => {
    const cells = judgedAs[engine].flatMap((kind) =>
      IMAGES.map((image) => ({ cell: `${kind} ${image}`.trim(), verdict: expected(engine, policy, image) })),
    )
    test.each(cells)("$cell: $verdict", ({ cell, verdict }) => {
      const found = verdicts[`${engine} ${policy}`]?.[cell]
      expect(`${found?.verdict}`, found?.words).toBe(verdict)
    })
  })
})
