// How long signing, attesting (provenance; four predicates of each of two platforms) and verifying a release take, beside
// the same cosign commands run by hand, one after the other, in one container. Exits with 1 if by hand is faster.
// Run: eval "$(test/engine/up)" && npx tsx test/bench/sign.ts

import { randomUUID } from "node:crypto"
import { connection, dag } from "@dagger.io/dagger"
import { COSIGN, newRun } from "../../lib/engine/tool.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { startListings } from "../../lib/oci/referrers.ts"
import { attestArgs, COSIGN_PATHS, signArgs, verifyArgs, verifyAttestationArgs } from "../../lib/sign/args.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey, withKey, withSigner } from "../../lib/sign/cosign-run.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import { signDigest } from "../../lib/sign/signature.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { REGISTRIES } from "../e2e/registry.ts"
import { releaseSubjects } from "../e2e/sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "../e2e/sign-registry.ts"
import { type TinyImage, tinyImage } from "../e2e/sign-tiny-image.ts"
import { slipway } from "../e2e/slipway.ts"

const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]

type Release = { ref: DigestRef; image: TinyImage; key: EphemeralKey; registry: SignRegistry }

async function bySlipway({ ref, image, key: { key, publicKey }, registry: { access } }: Release): Promise<void> {
  const signer: Signer = { kind: "publicKey", publicKey } // a release knows it from the beginning, as the script does
  const tools = { cosignImage, craneImage, access, run: newRun(), key, signer }
  const subjects = releaseSubjects(ref, image)
  const release = startListings(
    subjects.map((subject) => subject.ref),
    tools,
  )
  await signDigest(ref, { ...tools, release })
  await attestDigests(subjects, { ...tools, release })
  const platformTypes = subjects[1]?.attestations.map(({ type }) => type) ?? []
  await verifyReleaseAt(ref, { ...tools, platforms: [], platformTypes, provenance: true })
}

/** One exec with a shell that starts each command when the one before has ended: what a person's script does. */
async function byHand({ ref, image, key: { key, publicKey }, registry: { access } }: Release): Promise<void> {
  const subjects = releaseSubjects(ref, image)
  const signer: Signer = { kind: "publicKey", publicKey }
  const target = (of: DigestRef) => ({ ref: of, plainHttp: true, format: "v3" as const })
  const predicates = subjects.flatMap(({ ref, attestations }) => attestations.map((one) => ({ ref, ...one })))
  const file = (n: number) => `/predicates/${n}.json`
  const commands = [
    signArgs(key, { ...target(ref), repository: "registry.test:5000/app" }),
    ...predicates.map(({ ref, type }, n) =>
      attestArgs(key, { ...target(ref), type }).map((word) => (word === COSIGN_PATHS.predicate ? file(n) : word)),
    ),
    verifyArgs(signer, target(ref)),
    ...predicates.map(({ ref, type }) => verifyAttestationArgs(signer, { ...target(ref), type })),
  ]
  const script = commands.map((args) => `cosign ${args.join(" ")} >/dev/null 2>&1`).join("\n")
  const shell = dag
    .container()
    .from("docker.io/library/debian:12-slim")
    .withFile("/usr/bin/cosign", dag.container().from(cosignImage).file(COSIGN))
    .with(withKey(key, cosignImage))
    .with(withSigner(signer, cosignImage))
    .with((tool) => (access.service ? tool.withServiceBinding("registry.test", access.service) : tool))
    .withNewFile("/sign.sh", `set -e\n${script}\n`)
    .withEnvVariable("RUN", randomUUID())
  await predicates
    .reduce((tool, { predicate }, n) => tool.withMountedFile(file(n), predicate), shell)
    .withExec(["sh", "/sign.sh"])
    .sync()
}

async function seconds(run: () => Promise<void>): Promise<number> {
  const start = Date.now()
  await run()
  return (Date.now() - start) / 1000
}

await connection(async () => {
  const key = await createEphemeralKey({ cosignImage, run: newRun() })
  for (const kind of REGISTRIES) {
    const registry = await startSignRegistry(kind)
    const release = async (label: string): Promise<Release> => {
      const image = tinyImage(label)
      return { ref: await registry.push("app", image), image, key, registry }
    }
    await bySlipway(await release("warm")) // images and binaries are read once before either is measured
    await byHand(await release("warm by hand"))
    const [ours, theirs]: [number[], number[]] = [[], []]
    for (const n of [1, 2, 3]) {
      const [one, other] = [await release(`ours ${n}`), await release(`theirs ${n}`)]
      ours.push(await seconds(() => bySlipway(one)))
      theirs.push(await seconds(() => byHand(other)))
    }
    const median = (of: number[]) => of.sort((a, b) => a - b)[1] ?? 0
    console.log(`${kind.name}: ${median(ours).toFixed(1)} s, by hand ${median(theirs).toFixed(1)} s`)
    if (median(ours) > median(theirs)) process.exitCode = 1
  }
})
