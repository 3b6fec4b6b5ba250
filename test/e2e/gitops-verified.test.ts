import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository, promoteRepository, rollbackRepository } from "../../lib/gitops/bump-gitops.ts"
import { imageVerifier } from "../../lib/gitops/verification.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { mergeVerification, type VerificationFlags } from "../../lib/ship/options/verification-options.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signDigest } from "../../lib/sign/signature.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { unverified } from "./unverified.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage, image] = [module["cosignImage"], module["craneImage"], module["kustomizeImage"]]
const overlay = "resources: [../base]\n"
const FILES = {
  "base/deployment.yaml": deployment("hello"),
  "base/kustomization.yaml": "resources: [deployment.yaml]\n",
  "staging/kustomization.yaml": overlay,
  "production/kustomization.yaml": overlay,
}

let registry: SignRegistry
let git: GitServer
let [ours, former]: EphemeralKey[] = []
/** A release by our key, one by the key that it replaced, an image that is signed and not attested, and one that is not signed. */
let images: Record<"ours" | "former" | "signed" | "bare", DigestRef>
beforeAll(async () => {
  const keys = Promise.all([1, 2].map(() => createEphemeralKey({ cosignImage, run: newRun() })))
  ;[[ours, former], registry, git] = await Promise.all([
    keys,
    startSignRegistry({ referrersApi: true }),
    startGitServer(FILES),
  ])
  const [byOurs, byFormer, signed, bare] = await Promise.all([
    release("ours", ours),
    release("former", former),
    push("signed"),
    push("bare"),
  ])
  await signDigest(signed, { ...tools(), key: (ours as EphemeralKey).key })
  images = { ours: byOurs, former: byFormer, signed, bare }
})
afterAll(() => git?.stop())

const push = (label: string) => registry.push("team/app", tinyImage(label, ["amd64"]))
const tools = () => ({ cosignImage, craneImage, access: registry.access, run: newRun() })

async function release(label: string, key?: EphemeralKey): Promise<DigestRef> {
  const ref = await push(label)
  const signing = { ...tools(), key: (key as EphemeralKey).key }
  const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES
  await signDigest(ref, signing)
  await attestDigests(releaseSubjects(ref, tinyImage(label, ["amd64"]), { only: [spdxjson, cyclonedx, vuln] }), signing)
  return ref
}

/** A writer that verifies by our public key, unless the flags say otherwise. */
function writer(flags: Partial<VerificationFlags> = { publicKey: ours?.publicKey }) {
  const access = { repo: git.url("git.test"), gitService: git.service() }
  const choice = mergeVerification({}, { signatureOnly: false, unverified: false, ...flags }, {})
  return { access, image, run: newRun(), verify: imageVerifier(choice, async () => tools()) }
}
const options = { image: "hello", branch: "main", timeout: 120 }
const bump = (ref: DigestRef, by = writer(), dryRun = false) =>
  bumpRepository({ ...by, options: { ...options, path: "staging", ref }, dryRun })
const promote = (by = writer()) =>
  promoteRepository({ ...options, from: { path: "staging" }, to: { path: "production" } }, by)
const rollback = (to: string, by = writer()) => rollbackRepository({ ...options, path: "staging", to }, by)
const staging = () => git.git("show", "main:staging/kustomization.yaml")
const digestOf = (ref: DigestRef) => ref.slice(ref.indexOf("@") + 1)

/** The refusal, after which git is as before. */
async function refusal(act: () => Promise<string>): Promise<string> {
  const before = git.refs()
  const refused = await act().then(() => "accepted", String)
  expect(git.refs()).toBe(before)
  expect(refused).toContain("Nothing was written to the GitOps repository.")
  return refused
}

describe("bump-gitops with a signer", () => {
  test.each([
    { name: "an unsigned image", ref: () => images.bare, says: /VERIFICATION_FAILED: .*got no signature at all/ },
    {
      name: "one by another signer",
      ref: () => images.former,
      says: /VERIFICATION_FAILED: .*got a signature by another key/,
    },
    {
      name: "one that is signed, and whose attestations are missing",
      ref: () => images.signed,
      says: /VERIFICATION_FAILED: .*has no SLSA provenance by the signer; .*no vulnerability report/,
    },
    {
      name: "one that the registry does not have",
      ref: () => images.bare.replace("team/app", "team/absent") as DigestRef,
      says: /IMAGE_NOT_FOUND: .*got no such digest/,
    },
  ])("refuses $name", async ({ ref, says }) => {
    expect(await refusal(() => bump(ref()))).toMatch(says)
  })

  test("refuses it in a dry run too", async () => {
    expect(await refusal(() => bump(images.bare, writer(), true))).toMatch(/got no signature at all/)
  })

  test("accepts a release by the signer, and shows what it verified", async () => {
    const bumped = await bump(images.ours)
    expect(bumped).toMatch(/^Bumped .*\nVerified: signature of sha256:\w+ by the public key sha256:\w+\n/)
    expect(bumped).toMatch(/\nVerified: linux\/amd64 sha256:\w+: 3 attestations by the same signer\n/)
    expect(staging()).toContain(digestOf(images.ours))
  })

  test("accepts a signature alone where the caller asks for no more", async () => {
    const flags = { publicKey: ours?.publicKey, signatureOnly: true }
    expect(await bump(images.signed, writer(flags))).toMatch(/^Bumped .*\nVerified: signature of /)
    expect(await refusal(() => bump(images.bare, writer(flags)))).toMatch(/got no signature at all/)
  })
})

describe("promote and rollback with a signer", () => {
  test("promote the verified image, by the function of the module", async () => {
    await bump(images.ours)
    const caller = slipway({ gitService: git.service(), registryService: registry.access.service, plainHttp: true })
    const none = undefined
    const place = ["staging", "production", "hello", git.url("git.test"), none] as const
    const commit = [none, "main", [] as string[], none, none, none, none, none, 120] as const
    const promoted = await caller.gitops.promote(
      ...place,
      [],
      [],
      ...commit,
      ...([none, none, none, none] as const),
      ours?.publicKey,
    )
    expect(promoted).toMatch(/^Bumped production.*\nVerified: signature of /)
    expect(git.git("show", "main:production/kustomization.yaml")).toContain(digestOf(images.ours))
  })

  test("refuse an image of another signer in the environment that is promoted", async () => {
    await bump(images.former, writer({ publicKey: former?.publicKey }))
    expect(await refusal(promote)).toMatch(/VERIFICATION_FAILED: .*got a signature by another key/)
  })

  test("refuse to roll back to an image of a former signer, unless it is named", async () => {
    await bump(images.ours)
    const refused = await refusal(() => rollback(digestOf(images.former)))
    expect(refused).toMatch(
      /got a signature by another key.* If a former key or identity signed this earlier image, name it for this call: --public-key/,
    )
    const back = await rollback(digestOf(images.former), writer({ publicKey: former?.publicKey }))
    expect(back).toMatch(/^Bumped staging.*\nVerified: signature of /)
    expect(staging()).toContain(digestOf(images.former))
  })
})

test("without a signer, or with --unverified, the output says that nothing was verified", async () => {
  expect(await bump(images.bare, { ...writer(), verify: unverified })).toMatch(/^Bumped .*\nNot verified: no signer/)
  expect(await promote(writer({ unverified: true }))).toMatch(/^Bumped .*\nNot verified: --unverified was passed\.\n/)
})
