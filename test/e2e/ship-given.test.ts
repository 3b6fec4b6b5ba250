import { type Directory, dag, type File } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { imageAccess } from "../../lib/oci/registry-access.ts"
import type { GivenImage } from "../../lib/ship/given-image.ts"
import { planRelease } from "../../lib/ship/run.ts"
import { type Release, requireShipped, ship } from "../../lib/ship/ship.ts"
import { parseSigner } from "../../lib/sign/signer-input.ts"
import { readAttestations } from "../../lib/sign/statements.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { toolImages } from "../../src/api/access.ts"
import { commitFolder } from "./commit-folder.ts"
import { startRegistry, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { givenFlags, shipHere } from "./ship-options.ts"
import { makeSigningKey, type SigningKeyFiles, signingSecrets } from "./signing-key.ts"
import { slipway } from "./slipway.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

useEngine()

/** A test that fails, to show that the signing job runs none. */
const FILES = { Dockerfile: "FROM scratch\nCOPY Dockerfile /\n", "go.mod": "module broken\nno such line\n" }
const PLATFORMS = ["linux/amd64", "linux/arm64"]
const ADDRESS = "registry.test:5000/team/split"
const CI = ["GITHUB_SERVER_URL=https://git.test", "GITHUB_REPOSITORY=acme/split", "GITHUB_RUN_ID=7"]

let registry: TestRegistry
let key: SigningKeyFiles
let source: string
let built: { layout: Directory; provenance: File }
beforeAll(async () => {
  ;[registry, key] = await Promise.all([startRegistry(), makeSigningKey()])
  source = commitFolder({ branch: "main", tags: [], files: FILES })
  built = await buildAsTheOtherJob(source)
})

async function buildAsTheOtherJob(folder: string) {
  const job = dag.host().directory(folder)
  const { layout, provenance } = await slipway().image(job, PLATFORMS, [], [], undefined, undefined, CI)
  return { layout, provenance }
}

async function options(given: GivenImage | undefined) {
  const registryInput = { service: registry.service, plainHttp: true }
  const destination = {
    repository: ADDRESS,
    signing: await signingSecrets(key),
    tags: ["{sha}"],
    registry: registryInput,
  }
  const database = dag.host().directory(vulnerabilityDbFolder())
  return await shipHere(destination, database, {
    flags: givenFlags(given),
    settings: { test: { commands: ["exit 1"] } },
  })
}

/** The attestations in the registry, verified by the public key alone. */
async function attestedProvenance(ref: string) {
  const signer = parseSigner({ publicKey: dag.host().file(key.publicKey), kmsCredentials: [] })
  const access = await imageAccess(parseDigestRef(ref), { service: registry.service, plainHttp: true })
  const tools = toolImages(slipway())
  const query = { access, signer, craneImage: tools.crane, cosignImage: tools.cosign, run: newRun() }
  return await readAttestations(parseDigestRef(ref), { ...query, type: PREDICATE_TYPES.slsaprovenance1 })
}

const run = async (given: GivenImage | undefined): Promise<Release> =>
  await ship(dag.host().directory(source), await options(given))

describe("an image that a job without permissions built", () => {
  test("is planned with its digest, and without tests", async () => {
    const plan = await planRelease(dag.host().directory(source), await options(built))
    expect(plan.tests).toEqual([])
    expect(plan.image.platforms.map(({ platform }) => platform)).toEqual(PLATFORMS)
    expect(await registry.snapshot()).toEqual({})
  })

  test("is scanned, signed, and attested with that job's provenance; nothing of its source runs", async () => {
    const { record } = requireShipped(await run(built))
    expect(record.tests).toEqual({ status: "skipped" })
    const { body, digest } = await registry.manifest("team/split", String(record.source?.revision))
    expect(record.published).toBe(`${ADDRESS}@${digest}`)
    expect(body.manifests?.map(({ platform }) => `${platform?.os}/${platform?.architecture}`)).toEqual(PLATFORMS)
    const provenance = JSON.parse(await built.provenance.contents())
    expect(provenance.runDetails).toMatchObject({
      builder: { id: "https://git.test/acme/split" },
      metadata: { invocationId: "https://git.test/acme/split/actions/runs/7" },
    })
    const [attested] = await attestedProvenance(String(record.published))
    expect(attested?.predicate).toEqual(provenance)
  })

  test("is adopted if it is already in the registry", async () => {
    const again = await run(built)
    expect(again.finished).toBe(true)
  })
})

describe("a given image is refused before anything is pushed", () => {
  test.each<[string, () => Promise<GivenImage | undefined>, string]>([
    [
      "with the provenance of another commit's image",
      async () => {
        const other = commitFolder({
          branch: "main",
          tags: [],
          files: { ...FILES, Dockerfile: "FROM scratch\nCOPY go.mod /\n" },
        })
        return { ...built, provenance: (await buildAsTheOtherJob(other)).provenance }
      },
      "expected a provenance of linux/amd64 sha256:",
    ],
    [
      "with the checkout of another commit",
      async () => await buildAsTheOtherJob(commitFolder({ branch: "other", tags: [], files: { ...FILES, more: "" } })),
      "expected an image of the commit",
    ],
  ])("%s", async (_, given, message) => {
    const held = await registry.snapshot()
    const { record, error } = await run(await given())
    expect(record.failure?.code).toBe("PROVENANCE_INVALID")
    expect(String(error)).toContain(message)
    expect(await registry.snapshot()).toEqual(held)
  })
})
