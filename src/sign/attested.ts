import type { DigestRef } from "../oci/digest-ref.ts"
import { verifyAttestationArgs } from "./args.ts"
import { type AttestedStatement, parseAttestedStatements } from "./attested-statement.ts"
import { type VerifyOptions, verifyTarget } from "./statements.ts"
import { cosignFor, runCosign, withSigner } from "./tool.ts"

/** What this signer attested of a digest under one predicate type, word by word; nothing at all is an answer too. */
export async function readAttested(
  ref: DigestRef,
  { type, ...options }: VerifyOptions & { type: string },
): Promise<AttestedStatement[]> {
  const { signer } = options
  const args = verifyAttestationArgs(signer, { ...(await verifyTarget(ref, options)), type })
  const answer = await runCosign(cosignFor(ref, options).with(withSigner(signer)), args)
  return answer.exitCode === 0 ? parseAttestedStatements(answer.stdout) : []
}
