import type { File } from "@dagger.io/dagger"
import type { DigestRef } from "../oci/digest-ref.ts"
import { attestArgs, COSIGN_PATHS } from "./args.ts"
import { type SignOptions, signerOf } from "./cosign.ts"
import { keepsFallbackTag } from "./image.ts"
import { predicateLabel } from "./predicate-type.ts"
import { releaseRefused, signingFailed } from "./refusal.ts"
import type { Signer } from "./signing-key.ts"
import { readPresent, readStatements, type Said } from "./statements.ts"
import { cosignFor, signWithCosign, withFile, withKey } from "./tool.ts"

/** Something that the signer says of a digest: `type` is the predicate's URI. */
export type Attestation = { type: string; predicate: File }
export type AttestationSubject = { ref: DigestRef; attestations: Attestation[] }
export type Attested = { ref: DigestRef; type: string; status: "attested" | "alreadyAttested" }
export type AttestOptions = SignOptions

/**
 * Attests several digests, side by side. On one digest one attestation follows the other, unless the registry lists
 * referrers itself: the fallback tag is read, changed and written, and two writers would lose one of the two.
 */
export async function attestDigests(subjects: AttestationSubject[], options: AttestOptions): Promise<Attested[]> {
  const signer = await signerOf(options.key, { ...options, ref: subjects[0]?.ref })
  const asked = { ...options, signer, format: "v3" as const, moment: "before attesting" }
  const present = await Promise.all(subjects.map(async ({ ref }) => typesOf(await readPresent(ref, asked))))
  const witness = subjects.find((_, n) => present[n]?.length)
  const sideBySide = witness !== undefined && !(await keepsFallbackTag(witness.ref, asked))
  const attested = await Promise.all(
    subjects.map((subject, n) => attestOne(subject, { ...options, signer, sideBySide, present: present[n] ?? [] })),
  )
  return attested.flat()
}

type Known = AttestOptions & { signer: Signer; sideBySide: boolean; present: string[] }

async function attestOne({ ref, attestations }: AttestationSubject, known: Known): Promise<Attested[]> {
  const missing = attestations.filter(({ type }) => !known.present.includes(type))
  if (known.sideBySide) await Promise.all(missing.map((attestation) => attest(ref, attestation, known)))
  else for (const attestation of missing) await attest(ref, attestation, known)
  if (missing.length)
    await requireTypes(
      ref,
      missing.map(({ type }) => type),
      known,
    )
  return attestations.map(({ type }) => {
    return { ref, type, status: known.present.includes(type) ? "alreadyAttested" : "attested" }
  })
}

async function attest(ref: DigestRef, { type, predicate }: Attestation, options: AttestOptions): Promise<void> {
  const { key, access } = options
  const cosign = cosignFor(ref, options).with(withKey(key)).with(withFile(COSIGN_PATHS.predicate, predicate))
  const answer = await signWithCosign(cosign, attestArgs(key, { ref, plainHttp: access.plainHttp, format: "v3", type }))
  if (answer.exitCode !== 0) {
    throw signingFailed({ ref: `the ${predicateLabel(type)} of ${ref}`, stderr: answer.stderr })
  }
}

async function requireTypes(ref: DigestRef, wanted: string[], known: Known): Promise<void> {
  const present = typesOf(await readStatements(ref, { ...known, moment: "after attesting" }))
  const missing = wanted.filter((type) => !present.includes(type))
  if (missing.length)
    throw releaseRefused(
      ref,
      missing.map((type) => `no ${predicateLabel(type)} after attesting it`),
    )
}

function typesOf({ statements }: Said): string[] {
  return [...new Set(statements.map(({ type }) => type))]
}
