import type { ToolResult } from "../engine/tool.ts"
import type { DigestRef } from "../oci/reference.ts"
import { mayState } from "../oci/referrers.ts"
import { verifyAttestationArgs } from "./args.ts"
import { type AttestedStatement, parseAttestedStatements } from "./attested-statement.ts"
import { isByAnother, isUnattested, nothingKnown, UNREAD } from "./refusal.ts"
import { requireListing, type VerifyOptions, verifyTarget } from "./statements.ts"
import { cosignFor, runCosign, withMoment, withSigner } from "./tool.ts"

type Asked = VerifyOptions & { type: string; moment?: string }

/**
 * What this signer attested of a digest under one predicate type, word by word; nothing at all is an answer too, but only
 * of a registry that shows all that it lists: cosign passes over a bundle that it could not fetch.
 */
export async function readAttested(
  ref: DigestRef,
  { moment = "attested", ...options }: Asked,
): Promise<AttestedStatement[]> {
  const answer = await ask(ref, { ...options, moment })
  if (answer.exitCode === 0) return parseAttestedStatements(answer.stdout)
  if (!isUnattested(answer.stderr)) throw nothingKnown(ref, answer.stderr)
  const again = `${moment}, again`
  const listed = await requireListing(ref, { ...options, moment: again })
  if (!listed.some(mayState([options.type]))) return []
  const second = await ask(ref, { ...options, moment: again })
  if (second.exitCode === 0) return parseAttestedStatements(second.stdout)
  if (!isUnattested(second.stderr)) throw nothingKnown(ref, second.stderr)
  if (/no matching attestations/.test(second.stderr) && !isByAnother(second.stderr)) throw nothingKnown(ref, UNREAD)
  return []
}

async function ask(ref: DigestRef, { type, moment, ...options }: Asked & { moment: string }): Promise<ToolResult> {
  const { signer } = options
  const args = verifyAttestationArgs(signer, { ...(await verifyTarget(ref, options)), type })
  return await runCosign(cosignFor(ref, options).with(withSigner(signer)).with(withMoment(moment)), args)
}
