import { dag } from "@dagger.io/dagger"
import { z } from "zod"
import { quote, SlipwayError } from "../../error.ts"
import type { BundleFormat } from "../../sign/args.ts"
import type { Identity, Signer } from "../../sign/signer.ts"
import { isObject, type KubeObject, metadataOf, splitObjects } from "./objects.ts"

/** One policy's demand: an image that matches is admitted only with a signature by one of the signers, in one format. */
export type AdmissionRule = {
  policy: string
  matches: (image: string) => boolean
  signers: AdmittedSigner[]
  formats: BundleFormat[]
}

export type AdmittedSigner =
  | { kind: "key"; publicKey: string }
  | { kind: "identity"; identity: Identity; issuer: Identity; trustedRoot?: string; log: boolean }

const Names = z.object({
  subject: z.string().optional(),
  subjectRegExp: z.string().optional(),
  issuer: z.string().optional(),
  issuerRegExp: z.string().optional(),
})
type Names = z.infer<typeof Names>
const Ctlog = z.object({ insecureIgnoreTlog: z.boolean().optional() }).nullish()
const Entry = z.object({
  keys: z.object({ publicKeys: z.string() }).optional(),
  keyless: Names.extend({
    roots: z.string().optional(),
    rekor: z.object({ ignoreTlog: z.boolean().optional() }).nullish(),
  }).optional(),
})
const Attestors = z.array(z.object({ count: z.number().optional(), entries: z.array(Entry).min(1) })).min(1)

const ClusterPolicy = z.object({
  spec: z.object({
    rules: z.array(
      z.object({
        verifyImages: z
          .array(
            z.object({
              imageReferences: z.array(z.string()).min(1),
              type: z.string().optional(),
              attestors: Attestors.optional(),
              attestations: z.array(z.object({ attestors: Attestors })).optional(),
            }),
          )
          .optional(),
      }),
    ),
  }),
})
const ImageValidatingPolicy = z.object({
  spec: z.object({
    matchConstraints: z.object({ resourceRules: z.array(z.object({ resources: z.array(z.string()) })) }),
    matchImageReferences: z.array(z.object({ glob: z.string() })).min(1),
    attestors: z
      .array(
        z.object({
          cosign: z.object({
            key: z.object({ data: z.string() }).optional(),
            keyless: z.object({ identities: z.array(Names).min(1) }).optional(),
            trustedRoot: z.object({ value: z.string() }).optional(),
            ctlog: Ctlog,
          }),
        }),
      )
      .min(1),
    attestations: z.array(z.unknown()).optional(),
  }),
})
const ClusterImagePolicy = z.object({
  spec: z.object({
    images: z.array(z.object({ glob: z.string() })).min(1),
    authorities: z
      .array(
        z.object({
          key: z.object({ data: z.string() }).optional(),
          keyless: z.object({ identities: z.array(Names).min(1), trustRootRef: z.string().optional() }).optional(),
          ctlog: z.object({}).optional(),
          signatureFormat: z.string().optional(),
        }),
      )
      .min(1),
  }),
})

const KINDS: Record<string, (object: KubeObject) => AdmissionRule[]> = {
  ClusterPolicy: clusterPolicyRules,
  ImageValidatingPolicy: validatingRules,
  ClusterImagePolicy: imagePolicyRules,
}
/** An object of this kind holds keys that a policy refers to. */
const REFERRED = "TrustRoot"

/** The rules in a policy's file. A kind that Slipway cannot evaluate is an error, never a policy that admits. */
export function admissionRules(text: string, file: string): AdmissionRule[] {
  return splitObjects(text, file).flatMap((object) => {
    const kind = String(object.value["kind"])
    if (kind === REFERRED) return []
    const read = isObject(object.value) ? KINDS[kind] : undefined
    if (read) return read(object)
    throw unknownPolicy(file, `${object.name}, which is not one`)
  })
}

function clusterPolicyRules(object: KubeObject): AdmissionRule[] {
  const { rules } = parsePolicy(ClusterPolicy, object).spec
  const found = rules.flatMap(({ verifyImages = [] }) => verifyImages)
  if (found.length === 0) throw unknownPolicy(object.name, "a policy without verifyImages")
  return found.map(({ imageReferences, type, attestors, attestations }) => {
    const all = [...(attestors ?? []), ...(attestations ?? []).flatMap((one) => one.attestors)]
    const [first, ...others] = all
    if (!first || others.length || (first.entries.length > 1 && first.count !== 1)) {
      throw unknownPolicy(object.name, "several attestors that must all have signed")
    }
    return {
      policy: policyName(object),
      matches: globs(imageReferences),
      signers: first.entries.map((entry) => clusterSigner(entry, object)),
      formats: [type === "SigstoreBundle" ? "v3" : "legacy"],
    }
  })
}

function clusterSigner({ keys, keyless }: z.infer<typeof Entry>, object: KubeObject): AdmittedSigner {
  if (keys) return { kind: "key", publicKey: keys.publicKeys }
  if (!keyless || keyless.roots)
    throw unknownPolicy(
      object.name,
      keyless
        ? "keys of a private instance in a policy without a trusted root"
        : "an attestor without a key or an identity",
    )
  return identitySigner(keyless, object, { log: keyless.rekor?.ignoreTlog !== true })
}

const ADDED = "pods/ephemeralcontainers"

function validatingRules(object: KubeObject): AdmissionRule[] {
  const { matchConstraints, matchImageReferences, attestors, attestations } = parsePolicy(
    ImageValidatingPolicy,
    object,
  ).spec
  // containers that are added to a running pod are in no manifest
  if (matchConstraints.resourceRules.every(({ resources }) => resources.every((one) => one === ADDED))) return []
  const [attestor, ...others] = attestors
  if (!attestor || others.length) throw unknownPolicy(object.name, "several attestors")
  const { key, keyless, trustedRoot, ctlog } = attestor.cosign
  const root = { ...(trustedRoot && { trustedRoot: trustedRoot.value }), log: ctlog?.insecureIgnoreTlog !== true }
  const signers: AdmittedSigner[] = key
    ? [{ kind: "key", publicKey: key.data }]
    : (keyless?.identities ?? []).map((names) => identitySigner(names, object, root))
  return [
    {
      policy: policyName(object),
      matches: globs(matchImageReferences.map(({ glob }) => glob)),
      signers: some(signers, object),
      formats: attestations?.length ? ["v3"] : ["v3", "legacy"],
    },
  ]
}

function imagePolicyRules(object: KubeObject): AdmissionRule[] {
  const { images, authorities } = parsePolicy(ClusterImagePolicy, object).spec
  return authorities.map(({ key, keyless, ctlog, signatureFormat }) => {
    if (keyless?.trustRootRef !== undefined) {
      throw unknownPolicy(object.name, "keys of a private instance in a TrustRoot; check Kyverno's policy instead")
    }
    const signers: AdmittedSigner[] = key
      ? [{ kind: "key", publicKey: key.data }]
      : (keyless?.identities ?? []).map((names) => identitySigner(names, object, { log: ctlog !== undefined }))
    return {
      policy: policyName(object),
      matches: globs(images.map(({ glob }) => glob)),
      signers: some(signers, object),
      formats: [signatureFormat === "bundle" ? "v3" : "legacy"],
    }
  })
}

function some(signers: AdmittedSigner[], object: KubeObject): AdmittedSigner[] {
  if (signers.length) return signers
  throw unknownPolicy(object.name, "an attestor without a key or an identity")
}

function policyName(object: KubeObject): string {
  return `${object.value["kind"]}/${metadataOf(object.value).name ?? "?"}`
}

function identitySigner(
  { subject, subjectRegExp, issuer, issuerRegExp }: Names,
  object: KubeObject,
  root: { trustedRoot?: string; log: boolean },
): AdmittedSigner {
  const name = (exact?: string, pattern?: string): Identity | undefined =>
    exact ? { kind: "exact", value: exact } : pattern ? { kind: "pattern", value: pattern } : undefined
  const [identity, from] = [name(subject, subjectRegExp), name(issuer, issuerRegExp)]
  if (identity && from) return { kind: "identity", identity, issuer: from, ...root }
  throw unknownPolicy(object.name, "an identity without subject or issuer")
}

function parsePolicy<Shape extends z.ZodType>(shape: Shape, object: KubeObject): z.infer<Shape> {
  const parsed = shape.safeParse(object.value)
  if (parsed.success) return parsed.data
  throw unknownPolicy(object.name, z.prettifyError(parsed.error).replaceAll("\n", " "))
}

function unknownPolicy(place: string, got: string): SlipwayError {
  return new SlipwayError("CHECKER_FAILED", {
    expected: `${place} to be an admission policy that Slipway can evaluate, as signature admission-policies writes it`,
    got: got.length > 300 ? quote(got) : got,
    fix: "Let checks.admission name only the file of the policy that the cluster applies. Other policies of Kyverno belong in checks.kyverno.",
  })
}

/** In the engines' globs, a star matches any text, a slash too: an image that a policy might match is checked. */
function globs(patterns: string[]): (image: string) => boolean {
  const shapes = patterns.map(
    (pattern) =>
      new RegExp(
        `^${pattern
          .split(/\*+/)
          .map((text) => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&"))
          .join(".*")}$`,
      ),
  )
  return (image) => spellings(image).some((text) => shapes.some((shape) => shape.test(text)))
}

/** Docker Hub's images match under each of their names. */
function spellings(image: string): string[] {
  const [first = ""] = image.split("/")
  const hasHost = image.includes("/") && /[.:]|^localhost$/.test(first)
  const [, path] = image.match(/^(?:index\.)?docker\.io\/(.+)$/) ?? []
  if (hasHost && !path) return [image]
  const plain = path ?? image
  const paths = [plain, plain.replace(/^library\//, ""), plain.includes("/") ? plain : `library/${plain}`]
  return [...new Set(paths)].flatMap((one) => [one, `docker.io/${one}`, `index.docker.io/${one}`])
}

export function signerOfRule(admitted: AdmittedSigner): Signer {
  if (admitted.kind === "key") return { kind: "publicKey", publicKey: dag.file("policy.pub", admitted.publicKey) }
  const { identity, issuer, trustedRoot, log } = admitted
  const services = {
    ...(trustedRoot !== undefined && { trustedRoot: dag.file("trusted-root.json", trustedRoot) }),
    // without a log, a timestamp must prove when it was signed; its address is not used for a verification
    ...(!log && trustedRoot === undefined && { timestampUrl: "https://timestamp.invalid" }),
  }
  return { kind: "identity", identity, issuer, services }
}
