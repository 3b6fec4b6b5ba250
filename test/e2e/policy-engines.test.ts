import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, parseDigestRef } from "../../lib/oci/reference.ts"
import { type Admission, verifySigner } from "../../lib/policy/admission.ts"
import { policyFiles } from "../../lib/policy/policy-files.ts"
import type { BundleFormat } from "../../lib/sign/args.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signDigest } from "../../lib/sign/signature.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import {
  judgeByController,
  judgeByKyverno,
  REGISTRY,
  tufCacheOf,
  type Verdict,
  type Verdicts,
  type Workload,
  withTufMirror,
  workload,
} from "./policy-judges.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { PUBLIC_ISSUER, startPublicLikeSigstore } from "./public-like-sigstore.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { startTufRepository, type TufRepository } from "./tuf-repository.ts"

// Runs every policy in its engine's program on every kind of image; each admits only the images listed
// below. test/engine/up --with=kyverno,policy-tester,fulcio,timestamp-server serves them all.
useEngine()

const SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
const RELEASE = "release@acme.example"
const STRANGER = "stranger@evil.example"

/** Every image except the last is in the policies' repository. */
const IMAGES = [
  ...["bundle", "both", "older", "unsigned", "attested", "other-key"],
  ...["private", "private-older", "private-stranger", "private-attested", "private-other-instance"],
  ...["public", "public-stranger", "public-attested", "other-repository"],
] as const
type ImageName = (typeof IMAGES)[number]

const POLICIES = ["key-bundle", "key-both", "key-older", "private", "private-older", "public", "logged"] as const
type PolicyName = (typeof POLICIES)[number]
/** The image of each policy; "logged" treats the instance with both logs as a private one. */
const WRITTEN_FOR: Record<PolicyName, ImageName> = {
  ...{ "key-bundle": "bundle", "key-both": "both", "key-older": "older" },
  ...{ private: "private", "private-older": "private-older", public: "public", logged: "public" },
}

const ENGINES = ["ImageValidatingPolicy", "ClusterPolicy", "ClusterImagePolicy"] as const
type Engine = (typeof ENGINES)[number]

const ADMITTED: Record<Engine, Record<PolicyName, ImageName[]>> = {
  ImageValidatingPolicy: {
    "key-bundle": ["bundle", "both"],
    "key-both": ["bundle", "both"],
    // the file's notes say that any bundle of the signer passes
    "key-older": ["bundle", "both", "older", "attested"],
    private: ["private"],
    "private-older": ["private", "private-older", "private-attested"],
    public: ["public"],
    logged: ["public"],
  },
  ClusterPolicy: {
    "key-bundle": ["bundle", "both"],
    "key-both": ["both", "older"],
    "key-older": ["both", "older"],
    private: ["private"],
    "private-older": ["private-older"],
    public: ["public"],
    logged: ["public"],
  },
  ClusterImagePolicy: {
    // the file's notes say that it needs the older format
    "key-bundle": ["both", "older"],
    "key-both": ["both", "older"],
    "key-older": ["both", "older"],
    private: ["private"],
    "private-older": ["private-older"],
    public: ["public"],
    // the file's notes say that it does not find the logs' keys
    logged: [],
  },
}

const module = slipway()
const publicLike = startPublicLikeSigstore()
const LIKE_PUBLIC = { issuer: PUBLIC_ISSUER }
let registry: SignRegistry
let sigstore: PrivateSigstore
let [ours, theirs]: EphemeralKey[] = []
const refs: Partial<Record<ImageName, DigestRef>> = {}
const verdicts: Record<string, Verdicts> = {}

beforeAll(async () => {
  registry = await startSignRegistry({ referrersApi: false })
  const { cosignImage } = tools()
  ;[sigstore, ours, theirs] = await Promise.all([
    startPrivateSigstore(registry.port),
    createEphemeralKey({ cosignImage, run: newRun() }),
    createEphemeralKey({ cosignImage, run: newRun() }),
  ])
  await Promise.all(IMAGES.map(push))
  await Promise.all([signWithKeys(), signPrivately(), signPublicly()])
  const files = await Promise.all(POLICIES.map(async (name) => [name, policyFiles(await admissionFor(name))] as const))
  await judgeAll(Object.fromEntries(files) as Record<PolicyName, Record<string, string>>)
})

const tools = () => {
  const { cosignImage, craneImage } = { cosignImage: module["cosignImage"], craneImage: module["craneImage"] }
  return { cosignImage, craneImage, access: (sigstore ?? registry).access, run: newRun() }
}
const refOf = (name: ImageName): DigestRef => refs[name] as DigestRef
/** The addresses of the instance's services, under the registry's host name. */
const here = (url: string) => url.replace("registry.test", REGISTRY)

async function push(name: ImageName): Promise<void> {
  const path = name === "other-repository" ? "acme/app-other" : "acme/app"
  refs[name] = parseDigestRef(here(await registry.push(path, tinyImage(name, ["amd64"]))))
}

async function signWithKeys(): Promise<void> {
  const by = ({ key }: EphemeralKey, ...formats: BundleFormat[]) => ({ ...tools(), key, formats })
  const [own, other] = [ours as EphemeralKey, theirs as EphemeralKey]
  await Promise.all([
    signDigest(refOf("bundle"), by(own, "v3")),
    signDigest(refOf("both"), by(own, "v3", "legacy")),
    signDigest(refOf("older"), by(own, "legacy")),
    signDigest(refOf("other-key"), by(other, "v3", "legacy")),
    signDigest(refOf("other-repository"), by(own, "v3", "legacy")),
    attest("attested", by(own)),
  ])
}

async function signPrivately(): Promise<void> {
  const other = await startPrivateSigstore(registry.port)
  await Promise.all([
    signDigest(refOf("private"), keyless(RELEASE, "v3")),
    signDigest(refOf("private-older"), keyless(RELEASE, "legacy")),
    signDigest(refOf("private-stranger"), keyless(STRANGER, "v3", "legacy")),
    attest("private-attested", keyless(RELEASE)),
    signDigest(refOf("private-other-instance"), keylessAt(other, RELEASE, ["v3", "legacy"])),
  ])
}

const keyless = (email: string, ...formats: BundleFormat[]) => keylessAt(sigstore, email, formats)

function keylessAt(at: PrivateSigstore, identity: string, formats: BundleFormat[]) {
  const identityToken = dag.setSecret(`identity-token-${randomUUID()}`, at.identityToken(identity))
  const { fulcioUrl, timestampUrl, trustedRoot } = at.services
  const services = { fulcioUrl: here(fulcioUrl), timestampUrl: here(timestampUrl), trustedRoot }
  const key = parseSigningKey({ identityToken, identity, issuer: at.issuer, ...services })
  return { ...tools(), access: at.access, key, formats }
}

async function attest(name: ImageName, options: Parameters<typeof attestDigests>[1]): Promise<void> {
  await attestDigests(releaseSubjects(refOf(name), tinyImage(name, ["amd64"])).slice(0, 1), options)
}

async function signPublicly(): Promise<void> {
  const put = (name: ImageName, email: string, predicateType: string) => {
    const bundle = publicLike.bundle(tinyImage(name, ["amd64"]).digest, { email, predicateType })
    return registry.attach(refOf(name), bundle)
  }
  await Promise.all([
    put("public", RELEASE, SIGNATURE),
    put("public-stranger", STRANGER, SIGNATURE),
    put("public-attested", RELEASE, "https://slsa.dev/provenance/v1"),
  ])
}

/** What Slipway reads for the policy's image. A policy does not contain the public instance's root. */
async function admissionFor(name: PolicyName): Promise<Admission> {
  const found = await verifySigner(refOf(WRITTEN_FOR[name]), { ...tools(), signer: signerOf(name) })
  if (name !== "public" || found.signer.kind !== "identity") return found
  const { trustedRoot: _, ...signer } = found.signer
  return { ...found, signer }
}

function signerOf(name: PolicyName): Signer {
  if (name.startsWith("key")) return { kind: "publicKey", publicKey: (ours as EphemeralKey).publicKey }
  const instance = WRITTEN_FOR[name] === "public" ? LIKE_PUBLIC : sigstore
  const trustedRoot =
    instance === sigstore ? sigstore.services.trustedRoot : dag.file("root.json", publicLike.trustedRoot)
  return parseSigner({ identity: RELEASE, issuer: instance.issuer, trustedRoot })
}

async function judgeAll(files: Record<PolicyName, Record<string, string>>): Promise<void> {
  const [likePublic, own] = await Promise.all([
    startTufRepository(publicLike.trustedRoot),
    sigstore.services.trustedRoot.contents().then(startTufRepository),
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

const registryService = () => registry.access.service
const resources = () =>
  (["Pod", "Deployment"] as const).flatMap((kind) => IMAGES.map((name) => workload(kind, name, refOf(name))))

function judgeValidating(policy = "", tuf: TufRepository): Promise<Verdicts> {
  const keyed = !policy.includes("keyless:")
  const mirrored = keyed ? policy : withTufMirror(policy, tuf)
  return judgeByKyverno({ registry: registryService(), tuf, policy: mirrored, resources: resources() })
}

function judgeCluster(policy = "", tufCache: ReturnType<typeof cacheOf>): Promise<Verdicts> {
  return judgeByKyverno({ registry: registryService(), tufCache, policy, resources: resources() })
}

async function judgeController(files: Record<string, string>, tufCache: ReturnType<typeof cacheOf>): Promise<Verdicts> {
  const images = IMAGES.map(refOf)
  const judged = await judgeByController({
    ...{ registry: registryService(), tufCache, images },
    policy: files["policy-controller/cluster-image-policy.yaml"] ?? "",
    trustRoot: files["policy-controller/trust-root.yaml"],
  })
  return Object.fromEntries(IMAGES.map((name) => [name, judged[refOf(name)] as Verdicts[string]]))
}

/** Reads a TUF repository for the first time, by a policy that names it. */
function cacheOf(tuf: TufRepository, files: Record<string, string>) {
  const policy = withTufMirror(files["kyverno/image-validating-policy.yaml"] ?? "", tuf)
  const resources = [workload("Pod", "first", refOf("public"))]
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
