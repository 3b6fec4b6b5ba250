import type { Service } from "@dagger.io/dagger"
import { afterAll, beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { bumpRepository } from "../../lib/gitops/bump-gitops.ts"
import { IMAGE_INDEX } from "../../lib/oci/manifest.ts"
import {
  type Digest,
  type DigestRef,
  digestRef,
  parseDigestRef,
  parseRepository,
  splitDigestRef,
} from "../../lib/oci/reference.ts"
import { prune } from "../../lib/retention/prune.ts"
import { parseRules } from "../../lib/retention/rules.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signDigest, verifySigned } from "../../lib/sign/signature.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { datedImage } from "./dated-image.ts"
import { deployment } from "./deployment.ts"
import { type GitServer, startGitServer } from "./git-server.ts"
import { lane } from "./lane.ts"
import { REGISTRIES, startRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"
import { tinyLayout } from "./tiny-layout.ts"
import { unverified } from "./unverified.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
const ADDRESS = "registry.test:5000/team/app"
const KEEP = ["v*", "pr-* days=30"]

const images = {
  release: datedImage("release", { age: 60 }),
  old: datedImage("old", { age: 60, dated: "config" }),
  sharing: datedImage("sharing", { age: 60, shares: datedImage("release", { age: 60 }) }),
  deployed: datedImage("deployed", { age: 60 }),
  before: datedImage("before", { age: 60 }),
  named: datedImage("named", { age: 60 }),
  fresh: datedImage("fresh", { age: 1, dated: "config" }),
  ageless: tinyImage("ageless"),
  stray: datedImage("stray", { age: 60 }),
}
type Name = keyof typeof images
const TAGS: Partial<Record<Name, string[]>> = {
  release: ["v1", "pr-0"],
  ...{ old: ["pr-1", "pr-1-again"], sharing: ["pr-2"], deployed: ["pr-3"], named: ["pr-4"] },
  ...{ fresh: ["pr-5"], ageless: ["pr-6"], before: ["pr-7"] },
}
const ref = (name: Name): DigestRef => digestRef(parseRepository(ADDRESS), images[name].digest)

const hex = (digest: Digest) => digest.slice("sha256:".length)

type Way = { confirm?: boolean; json?: boolean; noGitops?: boolean; repo?: string; service?: Service }

const wayTo = (registryService?: Service) => ({ registryService, plainHttp: true })

/** Prunes with the module's function. */
function callPrune({ confirm, json, noGitops, repo, service }: Way): Promise<string> {
  const there = slipway({ ...wayTo(service), gitService: git.service() })
  return there.registry.prune(ADDRESS, KEEP, undefined, confirm, json, noGitops, repo)
}

/** Deploys an image, as a release does. */
async function bump(name: Name): Promise<void> {
  const access = { repo: git.url("git.test"), gitService: git.service() }
  const options = { path: "apps/prod/values.yaml", edits: ["helm:image"], image: "web", branch: "main", ref: ref(name) }
  await bumpRepository({
    access,
    image: module["kustomizeImage"],
    run: newRun(),
    verify: unverified,
    options,
    dryRun: false,
  })
}

let ours: EphemeralKey
let git: GitServer
beforeAll(async () => {
  git = await startGitServer({
    "apps/prod/deployment.yaml": deployment("web").replace("image: web", `image: ${ADDRESS}:pr-4`),
    "apps/prod/values.yaml": `image:\n  repository: ${ADDRESS}\n  digest: ""\n`,
  })
  for (const name of ["before", "deployed"] as const) await bump(name)
  ours = await createEphemeralKey({ cosignImage, run: newRun() })
})
afterAll(() => git?.stop())

for (const kind of REGISTRIES) lane(`on ${kind.name}`, () => pruningOn(kind))

function pruningOn(kind: (typeof REGISTRIES)[number]) {
  let registry: SignRegistry
  let statements: Record<string, Digest[]>
  /** Statements under fallback tags. */
  let companions: [string, string][]
  const base = () => `http://127.0.0.1:${registry.port}/v2/team/app`
  const tools = () => ({ cosignImage, craneImage, access: registry.access, run: newRun() })
  const accept = { accept: `${IMAGE_INDEX}, application/vnd.oci.image.manifest.v1+json` }
  const status = async (reference: string) =>
    (await fetch(`${base()}/manifests/${reference}`, { headers: accept })).status
  const digestAt = async (tag: string) =>
    String((await fetch(`${base()}/manifests/${tag}`, { headers: accept })).headers.get("docker-content-digest"))
  const tags = async (): Promise<string[]> => {
    const { tags = [] } = (await (await fetch(`${base()}/tags/list`)).json()) as { tags?: string[] }
    return tags.sort()
  }

  /** Every pushed manifest that exists, by name: images, platforms and referrers. */
  async function listing(): Promise<string[]> {
    const own = Object.entries(images).flatMap(([name, { digest, platforms }]) => [
      [name, digest] as const,
      ...platforms.map(({ platform, digest }) => [`${name} ${platform}`, digest] as const),
    ])
    const referrers = Object.entries(statements).flatMap(([name, all]) =>
      all.map((digest, at) => [`${name} #${at}`, digest] as const),
    )
    const found = await Promise.all(
      [...own, ...referrers, ...companions].map(async ([name, digest]) => [name, await status(digest)] as const),
    )
    return found.flatMap(([name, code]) => (code === 200 ? [name] : [])).sort()
  }

  const pruneRegistry = (way: Omit<Way, "service"> = {}) => callPrune({ ...way, service: registry.access.service })

  beforeAll(async () => {
    registry = await startSignRegistry(kind)
    const there = slipway(wayTo(registry.access.service))
    for (const [name, image] of Object.entries(images)) {
      expect(await there.publish(tinyLayout(image), ADDRESS)).toBe(ref(name as Name))
      const wanted = TAGS[name as Name]
      if (wanted) await there.registry.tag(ref(name as Name), wanted)
    }
    const signing = { ...tools(), key: ours.key }
    for (const name of ["release", "old", "stray"] as const)
      await signDigest(ref(name), { ...signing, formats: ["v3", "legacy"] })
    await attestDigests(releaseSubjects(ref("old"), images.old, { only: [PREDICATE_TYPES.vuln] }), signing)
    const subjects = [images.release, images.old, images.stray].flatMap(({ digest, platforms }) => [
      digest,
      ...platforms.map((one) => one.digest),
    ])
    const listed = subjects.map(
      async (digest) =>
        [digest, await registry.statements(digestRef(splitDigestRef(ref("old")).repository, digest))] as const,
    )
    statements = Object.fromEntries(await Promise.all(listed))
    const names = (await tags()).filter((tag) => tag.startsWith("sha256-"))
    companions = await Promise.all(names.map(async (tag) => [`tag ${tag}`, await digestAt(tag)] as [string, string]))
  })

  const ofOld = () => [images.old.digest, ...images.old.platforms.map(({ digest }) => digest)]
  /** The manifests to delete: two images, their platforms and referrers. */
  const doomed = () => [
    ...["old", "old linux/amd64", "old linux/arm64", "sharing", "sharing linux/arm64"],
    ...ofOld().flatMap((digest) => (statements[digest] ?? []).map((_, at) => `${digest} #${at}`)),
    ...companions.flatMap(([name]) => (ofOld().some((digest) => name.includes(hex(digest))) ? [name] : [])),
  ]

  test("plans to delete two images with all their referrers", () => {
    expect(ofOld().map((digest) => statements[digest]?.length)).toEqual([2, 1, 1])
    const [fallbacks, legacy] = [
      ofOld().map((digest) => `tag sha256-${hex(digest)}`),
      `tag sha256-${hex(images.old.digest)}.sig`,
    ]
    const tagged = doomed().filter((name) => name.startsWith("tag "))
    expect(tagged.sort()).toEqual((kind.referrersApi ? [legacy] : [...fallbacks, legacy]).sort())
  })

  test("renders a dry run with the reasons, and changes nothing", async () => {
    const before = [await listing(), await tags()]
    const output = await pruneRegistry({ repo: git.url("git.test") })
    expect(output).toMatch(/: 2 images to delete \(\d+ manifests in all\)/)
    expect(output).toContain(`delete  pr-1, pr-1-again ${images.old.digest} with 2 platforms and `)
    expect(output).toContain(`delete  pr-2 ${images.sharing.digest} with 1 platform: `)
    expect(output).toContain(`keep    pr-3 ${images.deployed.digest}: the GitOps branch names it`)
    expect(output).toContain(`keep    pr-4 ${images.named.digest}: the GitOps branch names its tag pr-4`)
    expect(output).toContain(`keep    pr-7 ${images.before.digest}: a rollback of the GitOps branch may need it`)
    expect(output).toContain("its creation time is unknown")
    expect(output).toContain("this was a dry run")
    expect([await listing(), await tags()]).toEqual(before)
  })

  test("refuses to delete without a GitOps branch, unless the caller allows it", async () => {
    await expect(pruneRegistry({ confirm: true })).rejects.toThrow(
      /^OPTIONS_INVALID: expected --gitops-repo.*--no-gitops/,
    )
  })

  test("plans again if a tag changes right after the plan", async () => {
    const before = await listing()
    const put = async (tag: string) => {
      const body = images.old.index
      await fetch(`${base()}/manifests/${tag}`, { method: "PUT", body, headers: { "content-type": IMAGE_INDEX } })
    }
    let asked = 0
    const living = [images.sharing, images.deployed, images.named, images.before]
    const inUse = { digests: new Map(living.map(({ digest }) => [digest, "it runs"])), tags: new Set<string>() }
    const readInUse = async () => {
      if (asked++ === 0) await put("v9")
      return inUse
    }
    const { rules } = parseRules(KEEP, undefined)
    const plan = await prune({ ...tools(), repository: parseRepository(ADDRESS), rules, readInUse })
    expect(asked).toBe(4)
    expect(plan.removed).toEqual([])
    expect(await listing()).toEqual(before)
    await fetch(`${base()}/manifests/v9`, { method: "DELETE" })
  })

  test("deletes exactly the planned manifests, and keeps all others", async () => {
    const [before, tagsBefore] = [await listing(), await tags()]
    expect(before).toEqual(expect.arrayContaining(doomed()))
    const output = JSON.parse(await pruneRegistry({ confirm: true, json: true, repo: git.url("git.test") }))
    expect(output).toMatchObject({ deleted: true, gitopsAsked: true })
    expect(await listing()).toEqual(before.filter((name) => !doomed().includes(name)))
    const gone = ["pr-1", "pr-1-again", "pr-2", ...ofOld().map((digest) => digest.replace(":", "-"))]
    expect(await tags()).toEqual(tagsBefore.filter((tag) => !gone.includes(tag.replace(/\.(sig|att)$/, ""))))
    await verifySigned(ref("release"), { ...tools(), signer: { kind: "publicKey", publicKey: ours.publicKey } })
  })

  test("finds nothing to delete in a second run", async () => {
    const before = await listing()
    const output = JSON.parse(await pruneRegistry({ confirm: true, json: true, repo: git.url("git.test") }))
    expect(output.delete).toEqual([])
    expect(await listing()).toEqual(before)
  })

  test("keeps untagged images and their signatures", async () => {
    expect(await status(images.stray.digest)).toBe(200)
    await verifySigned(ref("stray"), { ...tools(), signer: { kind: "publicKey", publicKey: ours.publicKey } })
  })
}

test("reports a registry without deletion, with advice, and changes nothing", async () => {
  const registry = await startRegistry({ deletes: false })
  const there = slipway(wayTo(registry.service))
  const published = parseDigestRef(await there.publish(tinyLayout(images.old), ADDRESS))
  await there.registry.tag(published, ["pr-1"])
  const before = await registry.snapshot()
  const refused = callPrune({ confirm: true, noGitops: true, service: registry.service })
  await expect(refused).rejects.toThrow(
    /^REGISTRY_FAILED: .*got a registry without deletion\. .*STORAGE_DELETE_ENABLED=true/,
  )
  expect(await registry.snapshot()).toEqual(before)
})
