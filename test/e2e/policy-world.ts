import { randomUUID } from "node:crypto"
import { dag } from "@dagger.io/dagger"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, digestRef, parseDigestRef, splitDigestRef } from "../../lib/oci/reference.ts"
import { type Admission, SIGNATURE, verifySigner } from "../../lib/policy/admission.ts"
import type { BundleFormat } from "../../lib/sign/args.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { type SignOptions, signDigest } from "../../lib/sign/signature.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { parseSigner, parseSigningKey } from "../../lib/sign/signer-input.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { PUBLIC_ISSUER, type PublicLikeSigstore, startPublicLikeSigstore } from "./public-like-sigstore.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { type TinyImage, tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

const RELEASE = "release@acme.example"
const STRANGER = "stranger@evil.example"

/** The registry's host name for the engines' programs, which use it without TLS. */
export const REGISTRY = "registry.localhost"

/**
 * Every image except the last is in the policies' repository. "copied" has the statements of "both", which are about another
 * digest, and "platform" is a manifest that the signed index "both" names.
 */
export const IMAGES = [
  ...["bundle", "both", "attested-too", "older", "unsigned", "copied", "platform", "attested", "other-key"],
  ...["private", "private-older", "private-stranger", "private-attested", "private-other-instance"],
  ...["public", "public-stranger", "public-attested", "other-repository"],
] as const
export type ImageName = (typeof IMAGES)[number]

export const POLICIES = ["key-bundle", "key-both", "key-older", "private", "private-older", "public", "logged"] as const
export type PolicyName = (typeof POLICIES)[number]
/** The image of each policy; "logged" treats the instance with both logs as a private one. */
const WRITTEN_FOR: Record<PolicyName, ImageName> = {
  ...{ "key-bundle": "bundle", "key-both": "both", "key-older": "older" },
  ...{ private: "private", "private-older": "private-older", public: "public", logged: "public" },
}

export const ENGINES = ["ImageValidatingPolicy", "ClusterPolicy", "ClusterImagePolicy"] as const
export type Engine = (typeof ENGINES)[number]

/** The images that each engine admits by each policy. */
export const ADMITTED: Record<Engine, Record<PolicyName, ImageName[]>> = {
  ImageValidatingPolicy: {
    "key-bundle": ["bundle", "both", "attested-too"],
    "key-both": ["bundle", "both", "attested-too"],
    // the file's notes say that any bundle of the signer passes
    "key-older": ["bundle", "both", "attested-too", "older", "attested"],
    private: ["private"],
    "private-older": ["private", "private-older", "private-attested"],
    public: ["public"],
    logged: ["public"],
  },
  ClusterPolicy: {
    "key-bundle": ["bundle", "both", "attested-too"],
    "key-both": ["both", "attested-too", "older"],
    "key-older": ["both", "attested-too", "older"],
    private: ["private"],
    "private-older": ["private-older"],
    public: ["public"],
    logged: ["public"],
  },
  ClusterImagePolicy: {
    // the file's notes say that it needs the older format
    "key-bundle": ["both", "attested-too", "older"],
    "key-both": ["both", "attested-too", "older"],
    "key-older": ["both", "attested-too", "older"],
    private: ["private"],
    "private-older": ["private-older"],
    public: ["public"],
    // the file's notes say that it does not find the logs' keys
    logged: [],
  },
}

/** Images that Slipway signed in each way, and what it wrote for their policies. */
export type PolicyWorld = {
  registry: SignRegistry
  sigstore: PrivateSigstore
  publicLike: PublicLikeSigstore
  refOf: (name: ImageName) => DigestRef
  admissions: Record<PolicyName, Admission>
}

type Context = Omit<PolicyWorld, "admissions"> & { own: EphemeralKey; other: EphemeralKey }

const module = slipway()
const tools = ({ sigstore }: Pick<PolicyWorld, "sigstore">) => ({ ...programs(), access: sigstore.access })
const programs = () => ({ cosignImage: module["cosignImage"], craneImage: module["craneImage"], run: newRun() })
/** The addresses of the instance's services, under the registry's host name. */
const here = (url: string) => url.replace("registry.test", REGISTRY)
const imageOf = (name: ImageName): TinyImage => tinyImage(name, ["amd64"])

/** Call it within a session; test/engine/up --with=fulcio,timestamp-server serves the private instance. */
export async function startPolicyWorld(): Promise<PolicyWorld> {
  const registry = await startSignRegistry({ referrersApi: false })
  const [sigstore, own, other] = await Promise.all([
    startPrivateSigstore(registry.port),
    createEphemeralKey(programs()),
    createEphemeralKey(programs()),
  ])
  const pushed = await Promise.all(IMAGES.map(async (name) => [name, await push(registry, name)] as const))
  const refs = Object.fromEntries(pushed) as Record<ImageName, DigestRef>
  const context = { ...{ registry, sigstore, own, other }, publicLike: startPublicLikeSigstore() }
  const world: Context = { ...context, refOf: (name) => refs[name] }
  await Promise.all([signWithKeys(world), signPrivately(world), signPublicly(world)])
  const admissions = await Promise.all(POLICIES.map(async (name) => [name, await admissionFor(world, name)] as const))
  return { ...world, admissions: Object.fromEntries(admissions) as Record<PolicyName, Admission> }
}

async function push(registry: SignRegistry, name: ImageName): Promise<DigestRef> {
  const path = name === "other-repository" ? "acme/app-other" : "acme/app"
  const ref = parseDigestRef(here(await registry.push(path, imageOf(name === "platform" ? "both" : name))))
  const [platform] = imageOf("both").platforms
  return name === "platform" && platform ? digestRef(splitDigestRef(ref).repository, platform.digest) : ref
}

async function signWithKeys(world: Context): Promise<void> {
  const { own, other, registry, refOf } = world
  const by = ({ key }: EphemeralKey, ...formats: BundleFormat[]) => ({ ...tools(world), key, formats })
  await Promise.all([
    signDigest(refOf("bundle"), by(own, "v3")),
    signDigest(refOf("both"), by(own, "v3", "legacy")).then(() =>
      registry.copyStatements(refOf("both"), refOf("copied")),
    ),
    signDigest(refOf("attested-too"), by(own, "v3", "legacy")).then(() => attest(world, "attested-too", by(own))),
    signDigest(refOf("older"), by(own, "legacy")),
    signDigest(refOf("other-key"), by(other, "v3", "legacy")),
    signDigest(refOf("other-repository"), by(own, "v3", "legacy")),
    attest(world, "attested", by(own)),
  ])
}

async function signPrivately(world: Context): Promise<void> {
  const { sigstore, registry, refOf } = world
  const other = await startPrivateSigstore(registry.port)
  const keyless = (email: string, ...formats: BundleFormat[]) => keylessAt(sigstore, email, formats)
  await Promise.all([
    signDigest(refOf("private"), keyless(RELEASE, "v3")),
    signDigest(refOf("private-older"), keyless(RELEASE, "legacy")),
    signDigest(refOf("private-stranger"), keyless(STRANGER, "v3", "legacy")),
    attest(world, "private-attested", keyless(RELEASE)),
    signDigest(refOf("private-other-instance"), keylessAt(other, RELEASE, ["v3", "legacy"])),
  ])
}

function keylessAt(at: PrivateSigstore, identity: string, formats: BundleFormat[]): SignOptions {
  const identityToken = dag.setSecret(`identity-token-${randomUUID()}`, at.identityToken(identity))
  const { fulcioUrl, timestampUrl, trustedRoot } = at.services
  const services = { fulcioUrl: here(fulcioUrl), timestampUrl: here(timestampUrl), trustedRoot }
  const key = parseSigningKey({ identityToken, identity, issuer: at.issuer, ...services })
  return { ...tools({ sigstore: at }), key, formats }
}

async function attest({ refOf }: Context, name: ImageName, options: SignOptions): Promise<void> {
  await attestDigests(releaseSubjects(refOf(name), imageOf(name)).slice(0, 1), options)
}

async function signPublicly({ registry, publicLike, refOf }: Context): Promise<void> {
  const put = (name: ImageName, email: string, predicateType: string) =>
    registry.attach(refOf(name), publicLike.bundle(imageOf(name).digest, { email, predicateType }))
  await Promise.all([
    put("public", RELEASE, SIGNATURE),
    put("public-stranger", STRANGER, SIGNATURE),
    put("public-attested", RELEASE, "https://slsa.dev/provenance/v1"),
  ])
}

/** What Slipway reads for the policy's image. A policy does not contain the public instance's root. */
async function admissionFor(world: Context, name: PolicyName): Promise<Admission> {
  const options = { ...tools(world), signer: signerOf(world, name) }
  const found = await verifySigner(world.refOf(WRITTEN_FOR[name]), options)
  if (name !== "public" || found.signer.kind !== "identity") return found
  const { trustedRoot: _, ...signer } = found.signer
  return { ...found, signer }
}

function signerOf({ own, sigstore, publicLike }: Context, name: PolicyName): Signer {
  if (name.startsWith("key")) return { kind: "publicKey", publicKey: own.publicKey }
  if (WRITTEN_FOR[name] !== "public") {
    return parseSigner({ identity: RELEASE, issuer: sigstore.issuer, trustedRoot: sigstore.services.trustedRoot })
  }
  const trustedRoot = dag.file("root.json", publicLike.trustedRoot)
  return parseSigner({ identity: RELEASE, issuer: PUBLIC_ISSUER, trustedRoot })
}
