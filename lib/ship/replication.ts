import { newRun } from "../engine/tool.ts"
import { errorMessage, SlipwayError } from "../error.ts"
import { Digest, type DigestRef, digestRef, splitDigestRef } from "../oci/reference.ts"
import { readTagStates, writeTags } from "../publish/registry-tags.ts"
import { type CopyOptions, copyRelease, listRelease, type Replica, type Subjects } from "../publish/release-copy.ts"
import { isHeld, revisionSource } from "../publish/tag-state.ts"
import { verifyReleaseAt } from "../sign/release-verification.ts"
import { imageTypes } from "./attestation.ts"
import type { ReleasedImage, Step } from "./context.ts"
import type { ReplicaRecord } from "./record/record.ts"
import { withShipAdvice } from "./step-advice.ts"

/**
 * Copies a verified release to each replica, verifies it there, and then tags it there. All replicas are tried; if one
 * fails, the run fails, and the release in the main registry stays whole.
 */
export async function replicateRelease(image: ReleasedImage, step: Step): Promise<void> {
  const { replicas } = step.place
  if (replicas.length === 0) return
  await step.measure("replicate", async () => {
    const subjects = subjectsOf(image.ref, step)
    const release = await listRelease(subjects, { ...copyTools(step), built: step.facts.built?.layout })
    step.facts.replicas = await Promise.all(
      replicas.map((replica) =>
        outcomeOf(replica, async () => {
          const { repository } = replica
          const copied = await copyRelease(subjects, release, { ...copyTools(step, replica), repository })
          await verifyCopy(image.ref, { replica, step })
          const tags = await writeTags(at(image.ref, replica), image.tags, tagTools(image, { replica, step }))
          return { repository: repository.name, status: copied > 0 ? "copied" : "unchanged", tags }
        }),
      ),
    )
    requireReplicas(step.facts.replicas, "Everything in the main registry, and the bump if there is one, is done.")
  })
}

/** Copies what was attested since, which is the record of the run: with it, a replica is complete. */
export async function replicateRecord(ref: DigestRef, step: Step): Promise<void> {
  const { replicas } = step.place
  if (replicas.length === 0) return
  const subjects = { ref, platforms: [] }
  const after = { moment: "record", run: newRun() }
  const release = await listRelease(subjects, { ...copyTools(step), ...after })
  const copied = await Promise.all(
    replicas.map((replica) =>
      outcomeOf(replica, async () => {
        const { repository } = replica
        await copyRelease(subjects, release, { ...copyTools(step, replica), repository, ...after })
        return { repository: repository.name, status: "copied" }
      }),
    ),
  )
  requireReplicas(copied, "Only the record of the run is missing there.")
}

async function outcomeOf(replica: Replica, work: () => Promise<ReplicaRecord>): Promise<ReplicaRecord> {
  try {
    return await withShipAdvice(work())
  } catch (error) {
    return { repository: replica.repository.name, status: "failed", message: errorMessage(error) }
  }
}

/** Throws one error for all failed replicas. */
export function requireReplicas(replicas: ReplicaRecord[], done: string): void {
  const failed = replicas.filter(({ status }) => status === "failed")
  if (failed.length === 0) return
  throw new SlipwayError("REPLICA_FAILED", {
    expected: `the release in ${failed.map(({ repository }) => repository).join(" and ")} too`,
    got: failed.map(({ repository, message = "" }) => `for ${repository} ${message}`).join(" And "),
    fix: `${done} Run the same commit again: it copies only what is missing.`,
  })
}

type AtReplica = { replica: Replica; step: Step }

/** The same requirements as in the main registry, whose repository the signature names. */
async function verifyCopy(ref: DigestRef, { replica, step }: AtReplica): Promise<void> {
  const { facts, options, place } = step
  const image = facts.built?.content.manifests ?? facts.adopted?.image?.platforms
  await verifyReleaseAt(at(ref, replica), {
    ...copyTools(step, replica),
    signer: place.signer,
    repository: splitDigestRef(ref).repository.name,
    platforms: [],
    platformTypes: imageTypes(options.scan.scanner),
    provenance: true,
    ...(image && { scanned: image }),
  })
}

function at(ref: DigestRef, { repository }: Replica): DigestRef {
  return digestRef(repository, splitDigestRef(ref).digest)
}

function subjectsOf(ref: DigestRef, { facts }: Step): Subjects {
  const images = facts.built?.content.manifests ?? facts.adopted?.image?.platforms ?? []
  return { ref, platforms: images.map(({ digest }) => Digest.parse(digest)) }
}

function copyTools({ place, options: { tools }, run }: Step, from: Pick<Replica, "access"> = place): CopyOptions {
  return { craneImage: tools.crane, cosignImage: tools.cosign, access: from.access, run, moment: "replicate" }
}

function tagTools({ revision }: Pick<ReleasedImage, "revision">, { replica, step }: AtReplica) {
  const ours = revision && { ours: revisionSource(revision) }
  return { ...copyTools(step, replica), force: step.options.force, ...ours }
}

/** The reading of a replica's state: `hasRecord` tells whether the record of a finished run by our signer is there. */
type ReplicaQuery = Pick<ReleasedImage, "tags" | "revision"> & {
  ref: DigestRef
  tools: Omit<CopyOptions, "access" | "moment">
  hasRecord: (ref: DigestRef, replica: Replica) => Promise<boolean>
}

/**
 * Whether each replica has the whole release: its tags, and the record, which is copied last. A replica that cannot be
 * read is not whole, so that the run goes on there and its failure names it.
 */
export async function areReplicasWhole(replicas: Replica[], query: ReplicaQuery): Promise<boolean> {
  const whole = replicas.map(async (replica) => {
    const ref = at(query.ref, replica)
    const ours = query.revision && { ours: revisionSource(query.revision) }
    const tools = { ...query.tools, access: replica.access, moment: "resume", ...ours }
    const [states, recorded] = await Promise.all([readTagStates(ref, query.tags, tools), query.hasRecord(ref, replica)])
    return recorded && states.every((state) => state.at === "itself" || isHeld(state))
  })
  return (await Promise.all(whole.map((one) => one.catch(() => false)))).every(Boolean)
}
