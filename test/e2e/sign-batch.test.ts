import { dag } from "@dagger.io/dagger"
import { beforeAll, beforeEach, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { type DigestRef, digestRef, splitDigestRef } from "../../lib/oci/reference.ts"
import { type NodeRuntime, nodeRuntime } from "../../lib/program/node-runtime.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { attestInOneExec } from "../../lib/sign/attestation-lanes.ts"
import { createEphemeralKey, type EphemeralKey } from "../../lib/sign/cosign-run.ts"
import { signRelease } from "../../lib/sign/release-signing.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { ALWAYS, type FaultProxy, startFaultProxy } from "./fault-proxy.ts"
import { lane } from "./lane.ts"
import { REGISTRIES, REGISTRY_OF_RUN } from "./registry.ts"
import { useEngine } from "./session.ts"
import { releaseSubjects } from "./sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "./sign-registry.ts"
import { type TinyImage, tinyImage } from "./sign-tiny-image.ts"
import { slipway } from "./slipway.ts"

useEngine()

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]
const { spdxjson, cyclonedx, vuln, openvex } = PREDICATE_TYPES
let throwAway: EphemeralKey
let node: NodeRuntime
beforeAll(async () => {
  throwAway = await createEphemeralKey({ cosignImage, run: newRun() })
  node = await nodeRuntime(module["nodeImage"], await dag.defaultPlatform())
})

/** Node that runs the program to its end, and then fails, as if its result were lost. */
function losingResults(): NodeRuntime {
  const program = "process.on('exit', () => { process.exitCode = 3 })"
  return { ...node, args: [...node.args, "--import", `data:text/javascript,${encodeURIComponent(program)}`] }
}

describe.each(REGISTRY_OF_RUN)("a release in few execs on $name", { concurrent: true }, (kind) =>
  lane("releases", () => releasesOn(kind)),
)

function releasesOn(kind: (typeof REGISTRIES)[number]) {
  let registry: SignRegistry
  let proxy: FaultProxy
  beforeAll(async () => {
    registry = await startSignRegistry(kind)
    proxy = await startFaultProxy(registry.access.service)
  })
  beforeEach(() => proxy.inject())
  const signer = (): Signer => ({ kind: "publicKey", publicKey: throwAway.publicKey })
  const options = (runtime = node) => {
    const access = { service: proxy.service, plainHttp: true }
    const tools = { cosignImage, craneImage, access, run: newRun(), runtime: Promise.resolve(runtime) }
    return { ...tools, key: throwAway.key, signer: signer() }
  }
  const refsOf = (ref: DigestRef, { platforms }: TinyImage): [DigestRef, ...DigestRef[]] => [
    ref,
    ...platforms.map(({ digest }) => digestRef(splitDigestRef(ref).repository, digest)),
  ]
  const push = async (label: string, platforms = ["amd64"]) => {
    const image = tinyImage(label, platforms)
    const ref = await registry.push(label.replaceAll(" ", "-"), image)
    const statements = async () => {
      const all = await Promise.all(refsOf(ref, image).map(registry.statements))
      return all.map((digests) => new Set(digests).size)
    }
    return { ref, image, refs: refsOf(ref, image), subjects: releaseSubjects(ref, image), statements }
  }
  type Pushed = Awaited<ReturnType<typeof push>>
  const release = async ({ refs, subjects }: Pushed, tools = options()) => {
    const { signed, release } = await signRelease(refs, tools)
    const attested = await attestDigests(subjects, { ...tools, release })
    return { signed: signed.status, attested: [...new Set(attested.map(({ status }) => status))] }
  }
  const verify = async ({ ref, image }: Pushed) => {
    const scanned = image.platforms.map(({ platform, digest }) => ({ platform, digest }))
    const types = [spdxjson, cyclonedx, vuln, openvex]
    const wanted = { platforms: [], platformTypes: types, provenance: true, scanned }
    return await verifyReleaseAt(ref, { ...options(), ...wanted })
  }
  const WHOLE = [2, 4]

  test("is attested in one exec, has every statement once, and a second run adds nothing", async () => {
    const pushed = await push("whole", ["amd64", "arm64"])
    const tools = options()
    const { release: before } = await signRelease(pushed.refs, tools)
    const outcomes = await attestInOneExec(pushed.subjects, { ...tools, release: before })
    const codes = outcomes.map(({ results }) => results.map((result) => result?.exitCode))
    expect(codes).toEqual([[0], [0, 0, 0, 0], [0, 0, 0, 0]])
    expect(await pushed.statements()).toEqual([2, 4, 4])
    expect((await verify(pushed)).platforms.map(({ types }) => types.length)).toEqual([4, 4])
    expect(await release(pushed)).toEqual({ signed: "alreadySigned", attested: ["alreadyAttested"] })
    expect(await pushed.statements()).toEqual([2, 4, 4])
  })

  test("does nothing twice if the results of its execs are lost", async () => {
    const pushed = await push("lost")
    const { signed, attested } = await release(pushed, options(losingResults()))
    expect(signed).toBe("alreadySigned")
    // the index has referrers by then, so that its provenance is made by a single call
    expect(attested).toEqual(["attested", "alreadyAttested"])
    expect(await pushed.statements()).toEqual(WHOLE)
    expect((await verify(pushed)).checks).not.toEqual([])
  })

  test("keeps what it has made before the registry refuses, and the next run makes the rest", async () => {
    const pushed = await push("refused")
    const { release: before } = await signRelease(pushed.refs, options())
    await proxy.inject({ method: "PUT", path: /\/manifests\//, kind: 403, from: 4, times: ALWAYS })
    const refused = attestDigests(pushed.subjects, { ...options(), release: before })
    await expect(refused).rejects.toThrow(/^SIGNING_FAILED: .*run again; the run continues/)
    expect(await proxy.hit()).toBeGreaterThan(0)
    await proxy.inject()
    expect((await release(pushed)).signed).toBe("alreadySigned")
    expect(await pushed.statements()).toEqual(WHOLE)
  })

  test("is not signed if the list of referrers has no response", async () => {
    const pushed = await push("unlisted")
    await proxy.inject({ method: "GET", path: /\/(?:referrers\/|manifests\/sha256-)/, kind: 503, times: ALWAYS })
    await expect(release(pushed)).rejects.toThrow(/^REGISTRY_FAILED: .*nothing was signed/)
    await proxy.inject()
    expect(await pushed.statements()).toEqual([0, 0])
  })
}
