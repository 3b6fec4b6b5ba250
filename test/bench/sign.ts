// How long signing, attesting (provenance; four predicates of each of two platforms) and verifying a release take, beside
// the same cosign commands run by hand, one after the other, in one container. Exits with 1 if by hand is faster.
// Run: eval "$(test/engine/up)" && npx tsx test/bench/sign.ts [rounds]

import { randomUUID } from "node:crypto"
import { connection, dag } from "@dagger.io/dagger"
import { COSIGN, newRun } from "../../lib/engine/tool.ts"
import type { DigestRef } from "../../lib/oci/reference.ts"
import { type NodeRuntime, nodeRuntime } from "../../lib/program/node-runtime.ts"
import { attestArgs, COSIGN_PATHS, signArgs, verifyArgs, verifyAttestationArgs } from "../../lib/sign/args.ts"
import { attestDigests } from "../../lib/sign/attestation.ts"
import { createEphemeralKey, type EphemeralKey, withKey, withSigner } from "../../lib/sign/cosign-run.ts"
import { signRelease } from "../../lib/sign/release-signing.ts"
import { verifyReleaseAt } from "../../lib/sign/release-verification.ts"
import type { Signer } from "../../lib/sign/signer.ts"
import { REGISTRIES } from "../e2e/registry.ts"
import { releaseSubjects } from "../e2e/sign-predicates.ts"
import { type SignRegistry, startSignRegistry } from "../e2e/sign-registry.ts"
import { type TinyImage, tinyImage } from "../e2e/sign-tiny-image.ts"
import { slipway } from "../e2e/slipway.ts"

const rounds = Number(process.argv[2] ?? 3)
const module = slipway()
const [cosignImage, craneImage] = [module["cosignImage"], module["craneImage"]]

type Release = { ref: DigestRef; image: TinyImage; key: EphemeralKey; registry: SignRegistry }

async function bySlipway(
  { ref, image, key: { key, publicKey }, registry: { access } }: Release,
  runtime?: Promise<NodeRuntime>,
): Promise<void> {
  const signer: Signer = { kind: "publicKey", publicKey } // a release knows it from the beginning, as the script does
  const tools = { cosignImage, craneImage, access, run: newRun(), key, signer, ...(runtime && { runtime }) }
  const subjects = releaseSubjects(ref, image)
  const { release } = await signRelease([ref, ...subjects.slice(1).map((subject) => subject.ref)], tools)
  await attestDigests(subjects, { ...tools, release })
  const platformTypes = subjects[1]?.attestations.map(({ type }) => type) ?? []
  const scanned = image.platforms.map(({ platform, digest }) => ({ platform, digest }))
  await verifyReleaseAt(ref, { ...tools, platforms: [], scanned, platformTypes, provenance: true })
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
    const runtime = dag.defaultPlatform().then((platform) => nodeRuntime(module["nodeImage"], platform))
    const sides = [
      { name: "Slipway", run: (one: Release) => bySlipway(one, runtime), seconds: [] as number[] },
      { name: "Slipway, an exec for each call", run: bySlipway, seconds: [] as number[] },
      { name: "by hand", run: byHand, seconds: [] as number[] },
    ]
    for (let n = 0; n <= rounds; n++) {
      for (const side of sides) {
        const one = await release(`${side.name} ${n}`)
        const taken = await seconds(() => side.run(one))
        console.error(`  ${kind.name}, round ${n}, ${side.name}: ${taken.toFixed(1)} s`)
        if (n > 0) side.seconds.push(taken) // images and programs are read once before anything is measured
      }
    }
    const [ours = 0, single = 0, theirs = 0] = sides.map(({ seconds: taken }) => {
      return taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)] ?? 0
    })
    console.log(
      `${kind.name}: ${ours.toFixed(1)} s, ${(ours / theirs).toFixed(2)} of by hand (${theirs.toFixed(1)} s); with an exec for each call ${single.toFixed(1)} s`,
    )
    if (ours > 0.5 * theirs) process.exitCode = 1
  }
})
