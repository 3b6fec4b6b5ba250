import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { mkdtempSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag, type Secret } from "@dagger.io/dagger"
import { beforeAll, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { signingToken, type TokenSource } from "../../lib/login/id-token.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { readShipOptions, type ShipTarget } from "../../lib/ship/options/options.ts"
import { planAll } from "../../lib/ship/run.ts"
import { type Release, requireShipped, ship } from "../../lib/ship/ship.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { parseSigner } from "../../lib/sign/signer-input.ts"
import { PREDICATE_TYPES } from "../../lib/sign/verification.ts"
import { toolImages } from "../../src/api/access.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { type JobTokens, startJobTokens } from "./job-tokens.ts"
import { CI_ISSUER } from "./oidc-issuer.ts"
import { type PrivateSigstore, startPrivateSigstore } from "./private-sigstore.ts"
import { startRegistryOf, type TestRegistry } from "./registry.ts"
import { useEngine } from "./session.ts"
import { shipTools } from "./ship-options.ts"
import { slipway } from "./slipway.ts"
import { startTransparencyLog, type TransparencyLog } from "./transparency-log.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

// ship by the identity of a CI job, with a real Fulcio, timestamp authority and Rekor
useEngine()

/** A token is valid for less time than the build takes. In seconds. */
const VALID = 15
const WORKFLOW = "acme/app/.github/workflows/ship.yml@refs/heads/main"
const IDENTITY = `https://github.com/${WORKFLOW}`
const ADDRESS = "registry.test:5000/acme/app"

let registry: TestRegistry
let log: TransparencyLog
let sigstore: PrivateSigstore
let runner: JobTokens
let shipped: Release
beforeAll(async () => {
  ;[registry, log] = await Promise.all([startRegistryOf({ referrersApi: true }), startTransparencyLog()])
  sigstore = await startPrivateSigstore(registry.port, log.port)
  runner = await startJobTokens((seconds) => sigstore.workflowToken(WORKFLOW, seconds), VALID)
  shipped = await ship(source, imageOptions(await target()))
})

const secret = (text: string): Secret => dag.setSecret(`keyless-${randomUUID()}`, text)

const slow = `FROM debian:bookworm-slim AS slow
RUN sleep ${VALID + 1} && echo ${randomUUID()} > /built
FROM gcr.io/distroless/static-debian12:latest
COPY --from=slow /built /
`
const source = dag.directory().withNewFile("Dockerfile", slow)

const requests = (): TokenSource => ({
  requestUrl: secret(`http://127.0.0.1:${runner.port}/token?api-version=2.0`),
  requestToken: secret(runner.bearer),
})

/** The options as the command line makes them: identity by --ci, issuer and services as arguments. */
async function target(token: TokenSource = requests()): Promise<ShipTarget> {
  const module = slipway({ vulnerabilityDb: dag.host().directory(vulnerabilityDbFolder()) })
  const flags = {
    ...{ ...NO_FLAGS, set: ["test=false"], repository: ADDRESS, tags: ["v1"], platforms: ["linux/amd64"] },
    ci: ["GITHUB_SERVER_URL=https://github.com", `GITHUB_WORKFLOW_REF=${WORKFLOW}`],
    registry: sigstore.access.service ? { service: sigstore.access.service, plainHttp: true } : {},
    signing: { identityToken: signingToken(token), issuer: CI_ISSUER, ...sigstore.described(log) },
  }
  return await readShipOptions(source, flags, shipTools(module))
}

function imageOptions(what: ShipTarget) {
  if (what.kind === "services") throw new Error("expected one image")
  return what.options
}

test("ships by the job's identity although the build takes longer than a token is valid", () => {
  const { record } = requireShipped(shipped)
  expect(record.signature?.signer).toBe(`${IDENTITY} with issuer ${CI_ISSUER}`)
  expect(record.tags).toMatchObject([{ name: "v1", change: "created" }])
  const [first, second] = runner.tokens
  expect(second?.at, "the first token expired during the build").toBeGreaterThan(first?.exp ?? Number.POSITIVE_INFINITY)
})

const accepting = (identity: string) => {
  const { trustedRoot } = sigstore.described(log)
  const { cosign: cosignImage, crane: craneImage } = toolImages(slipway())
  const { spdxjson, cyclonedx, vuln } = PREDICATE_TYPES
  return {
    ...{ cosignImage, craneImage, access: sigstore.access, run: newRun() },
    ...{ platforms: [], platformTypes: [spdxjson, cyclonedx, vuln], provenance: true },
    signer: parseSigner({ identity, issuer: CI_ISSUER, trustedRoot }),
  }
}

test("verifies as a release of exactly this workflow and branch", async () => {
  const ref = parseDigestRef(String(shipped.record.published))
  expect((await verifyReleaseAt(ref, accepting(IDENTITY))).checks[0]).toContain(`by ${IDENTITY} with issuer`)
  await expect(verifyReleaseAt(ref, accepting(IDENTITY.replace("heads/main", "heads/other")))).rejects.toThrow(
    /VERIFICATION_FAILED.*got a signature by another identity/,
  )
})

test("verifies by sigstore-js, the library of npm and gh, with the instance's trusted root", async () => {
  const bundles = await readBundles(String(shipped.record.published))
  expect(bundles.length, "signature, provenance, evidence and record").toBeGreaterThanOrEqual(3)
  const root = JSON.parse(await sigstore.described(log).trustedRoot.contents())
  const { verify, bundle, protobuf } = sigstoreJs()
  const material = verify.toTrustMaterial(protobuf.TrustedRoot.fromJSON(root))
  const verifier = new verify.Verifier(material, { tsaThreshold: 1, tlogThreshold: 1, ctlogThreshold: 0 })
  const policy = { subjectAlternativeName: IDENTITY, extensions: { issuer: CI_ISSUER } }
  for (const one of bundles) {
    const entity = verify.toSignedEntity(bundle.bundleFromJSON(one))
    expect(verifier.verify(entity, policy).identity.subjectAlternativeName).toBe(IDENTITY)
    const other = { ...policy, subjectAlternativeName: IDENTITY.replace("acme/app", "acme/other") }
    expect(() => verifier.verify(entity, other)).toThrow(/certificate identity error/)
  }
})

test("is planned with the identity that would sign", async () => {
  expect(await planAll(source, await target())).toMatch(
    new RegExp(`^sign +sha256:\\w+ by ${IDENTITY} with issuer ${CI_ISSUER}$`, "m"),
  )
})

test("refuses a token that has expired before anything is built or pushed", async () => {
  const before = await registry.snapshot()
  const token = secret(sigstore.workflowToken(WORKFLOW, -1))
  const other = imageOptions(await target({ token }))
  const { record } = await ship(source.withNewFile("other", randomUUID()), { ...other, tags: ["v2"] })
  expect(record).toMatchObject({ ok: false, failure: { stage: "open", code: "LOGIN_REFUSED" } })
  expect(record.failure?.message).toMatch(/got one that expired at .* On GitHub, pass --request-url/)
  expect(await registry.snapshot()).toEqual(before)
})

/** The Sigstore bundles about a digest, by the registry's referrers API. */
async function readBundles(ref: string): Promise<object[]> {
  const base = `http://127.0.0.1:${registry.port}/v2/acme/app`
  const read = async (path: string) => (await fetch(`${base}/${path}`)).json()
  const { manifests } = (await read(`referrers/${ref.slice(ref.indexOf("@") + 1)}`)) as {
    manifests: { digest: string }[]
  }
  return await Promise.all(
    manifests.map(async ({ digest }) => {
      const { layers } = (await read(`manifests/${digest}`)) as { layers: { digest: string }[] }
      return (await read(`blobs/${layers[0]?.digest}`)) as object
    }),
  )
}

/** Installed for this test alone: the module does not use it. */
function sigstoreJs() {
  const folder = mkdtempSync(join(tmpdir(), "slipway-sigstore-js-"))
  const packages = ["@sigstore/verify@4.1.3", "@sigstore/bundle@5.0.1", "@sigstore/protobuf-specs@0.5.2"]
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent", "--prefix", folder, ...packages])
  const load = createRequire(join(folder, "package.json"))
  return {
    verify: load("@sigstore/verify"),
    bundle: load("@sigstore/bundle"),
    protobuf: load("@sigstore/protobuf-specs"),
  }
}
