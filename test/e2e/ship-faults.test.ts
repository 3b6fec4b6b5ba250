import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { ship } from "../../lib/ship/ship.ts"
import { ALWAYS, type Fault, startFaultProxy } from "./fault-proxy.ts"
import { REGISTRIES } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipHere } from "./ship-options.ts"
import { startSignRegistry } from "./sign-registry.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

const ADDRESS = "registry.test:5000/team/faults"
let key: SigningKeyFiles
let database: string
beforeAll(async () => {
  key = await makeSigningKey()
  database = vulnerabilityDbFolder()
})

/** Each place where a release can break, in the order of the chain, and the stage that must report it. */
const PLACES = {
  login: { stage: "publish", at: () => ({ method: "GET", path: /^\/v2\/$/ }) },
  "blob upload": { stage: "publish", at: () => ({ method: "POST", path: /\/blobs\/uploads\// }) },
  manifest: { stage: "publish", at: () => ({ method: "PUT", path: /\/manifests\/sha256:/ }) },
  "read back": { stage: "publish", at: () => ({ method: "GET|HEAD", path: /\/manifests\/sha256:/ }) },
  signature: { stage: "sign", at: (image) => ({ method: "PUT", path: besides(image) }) },
  attestation: { stage: "attest", at: (image) => ({ method: "PUT", path: besides(image), from: 3 }) },
  // reads of the image from signing to verification, in part concurrent: each stage reports a failure, not a verdict
  verification: {
    stage: expect.stringMatching(/^(sign|attest|verify)$/),
    at: ([index]) => ({ method: "GET", path: new RegExp(`/manifests/${index}`), from: 2 }),
  },
  tag: { stage: "tag", at: () => ({ method: "PUT", path: /\/manifests\/v1$/ }) },
  "tag's read back": { stage: "tag", at: () => ({ method: "HEAD", path: /\/manifests\/v1$/, from: 2 }) },
} satisfies Record<string, { stage: string; at: (image: string[]) => Omit<Fault, "kind"> }>
type Place = keyof typeof PLACES

/** The manifests that are not the image's: the bundles. */
function besides(image: string[]): RegExp {
  return new RegExp(`/manifests/sha256:(?!${image.map((digest) => digest.replace("sha256:", "")).join("|")})`)
}

const FAULTS: [Place, Fault["kind"]][][] = [
  [
    ["login", 503],
    ["blob upload", 403],
    ["read back", "wrong digest"],
    ["signature", "reset"],
    ["attestation", 503],
    ["verification", 429],
    ["tag's read back", "wrong digest"],
  ],
  [
    ["login", 403],
    ["blob upload", "reset"],
    ["manifest", 403],
    ["signature", 429],
    ["attestation", "reset"],
    ["verification", "wrong digest"],
    ["tag", 403],
  ],
]

describe("no tag exists unless everything before it holds, the digest stays, and nothing is signed twice", () => {
  test.each(REGISTRIES.map((kind, at) => ({ ...kind, faults: FAULTS[at] ?? [] })))(
    "through a fault at each step in turn, at $name",
    async ({ faults, ...kind }) => {
      const registry = await startSignRegistry(kind)
      const proxy = await startFaultProxy(registry.access.service)
      const run = async () => {
        const access = { service: proxy.service, plainHttp: true }
        const signing = await signingSecrets(key)
        const destination = { repository: ADDRESS, signing, tags: ["v1", "floating:stable"], registry: access }
        const source = dag.directory().withNewFile("Dockerfile", "FROM gcr.io/distroless/static-debian12\n")
        return (await ship(source, await shipHere(destination, dag.host().directory(database)))).record
      }
      const names = async () => (await registry.tags(ref)).filter((name) => !name.startsWith("sha256-"))

      let image = ["none"]
      let ref = parseDigestRef(`${ADDRESS}@sha256:${"0".repeat(64)}`)
      for (const [place, fault] of faults) {
        const { stage, at } = PLACES[place]
        await proxy.inject({ times: ALWAYS, ...at(image), kind: fault })
        const record = await run()
        expect(await proxy.hit(), `${fault} at ${place}`).toBeGreaterThan(0)
        expect(record, `${fault} at ${place}`).toMatchObject({ ok: false, failure: { stage } })
        const digests = [record.image?.digest, ...(record.image?.platforms ?? []).map(({ digest }) => digest)]
        if (image.length > 1) expect(digests).toEqual(image)
        image = digests.map(String)
        ref = parseDigestRef(`${ADDRESS}@${image[0]}`)
        expect(await names(), `${fault} at ${place}`).toEqual(place === "tag's read back" ? ["v1"] : [])
      }
      await proxy.inject()
      expect(await run()).toMatchObject({ ok: true, image: { digest: image[0] } })
      expect((await names()).sort()).toEqual(["stable", "v1"])
      const statements = await Promise.all(
        image.map((digest) => registry.statements(parseDigestRef(`${ADDRESS}@${digest}`))),
      )
      expect(
        statements.map(({ length }) => length),
        "signature, provenance, evidence; two SBOMs and the vulnerability report",
      ).toEqual([3, 3])
    },
  )
})
