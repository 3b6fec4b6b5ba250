import { SlipwayError } from "../error.ts"
import { isAbsent, isTransient } from "../oci/crane.ts"

/** What stands in cosign's and crane's messages, and what it means to a person. */
const MEANINGS: { pattern: RegExp; meaning: string }[] = [
  { pattern: /not enough verified log entries/, meaning: "a signature without an entry in the trusted log" },
  { pattern: /only in the older form/, meaning: "a signature in the older form alone" },
  { pattern: /no signatures found/, meaning: "no signature at all" },
  {
    pattern: /accepted signatures do not match threshold|invalid signature when validating/,
    meaning: "a signature by another key",
  },
  { pattern: /does not match any digest in statement/, meaning: "a signature of another image, copied over" },
  {
    pattern: /expected SAN value|none of the expected identities matched what was in the certificate, got subjects/,
    meaning: "a signature by another identity",
  },
  { pattern: /expected issuer value/, meaning: "a signature by another issuer" },
  { pattern: /no matching certificateidentity/i, meaning: "a signature by another identity or issuer" },
  { pattern: /leaf certificate verification failed/, meaning: "a certificate of another authority" },
  {
    pattern:
      /connection re(?:fused|set)|no such host|i\/o timeout|no answer within|deadline exceeded|TOOMANYREQUESTS|status code (?:429|5\d\d)/,
    meaning: "no answer from the server",
  },
  { pattern: /UNAUTHORIZED|401 Unauthorized|DENIED|403 Forbidden/, meaning: "a registry that asks for a login" },
]

/** The tool's own words, shortened: without its warnings and the advice that it prints beside an error. */
export function lastWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim())
  const errors = lines.filter((line) => /^error|^\* /i.test(line)) // Vault lists its reasons as bullets
  const said = (errors.length ? errors : lines.filter((line) => line && !/^(WARNING|Flag )/.test(line))).map((line) =>
    line.replace(/^(error during command execution: |error: )+/i, ""),
  )
  return [...new Set(said)].slice(-2).join("; ").slice(0, 500) || "no answer"
}

/** A reason in words of this field, with the tool's own behind it. */
export function explain(stderr: string): string {
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(stderr))?.meaning
  return meaning ? `${meaning} (${lastWords(stderr)})` : lastWords(stderr)
}

// Rekor's two interfaces: https://github.com/sigstore/rekor, https://github.com/sigstore/rekor-tiles. A registry has a 409 too.
const EQUAL_ENTRY =
  /\/log\/entries\]\[409\]|rekor v2 entry: unexpected response: 409\b|an equivalent entry already exists/

/** Whether the log refused an entry because it has an equal one, from a try that did not hear the answer. */
export function isLogConflict(stderr: string): boolean {
  return EQUAL_ENTRY.test(stderr)
}

/** What cosign says of an image without any signature, and of a registry that it could not read. */
export const NOTHING_FOUND = "no signatures found"
/** A bundle was asked for; whoever verifies may ask for the other form. */
export const ONLY_OLDER_FORM = `${NOTHING_FOUND} in a bundle, only in the older form: --format=LEGACY`

/** Whether this is no answer of the registry's: neither a yes nor a no. */
export function isSilence(stderr: string): boolean {
  return (
    isTransient(stderr) || /connection refused|no such host|no answer within|deadline exceeded/.test(lastWords(stderr))
  )
}

/**
 * Whether `cosign verify-attestation` looked and found nothing of this signer's: nothing at all, only other types, or only
 * what another key or identity signed. Every other end is a failed question.
 */
export function isUnattested(stderr: string): boolean {
  return !isSilence(stderr) && (UNATTESTED.test(stderr) || isAbsent({ stderr }))
}
const UNATTESTED = /no matching attestations|none of the attestations matched the predicate type|no signatures found/

/** It found something, and none of that by this signer: then what is listed there could be read. */
export function isByAnother(stderr: string): boolean {
  return !isSilence(stderr) && /no matching attestations: *\S/.test(stderr)
}

export function verificationFailure(problem: { ref: string; signer: string; reason: string }): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a signature of ${problem.ref} by ${problem.signer}`,
    got: explain(problem.reason),
    fix: "Do not deploy it: sign the digest with cosign-sign, or ask who published it.",
  })
}

const DO_NOT_DEPLOY = "Do not deploy it: release the source again, or ask who changed it."

export function releaseRefusal(ref: string, refusals: string[], fix = DO_NOT_DEPLOY): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a complete release at ${ref}`,
    got: refusals.join("; "),
    fix,
  })
}

const BEFORE_TAGS = "Nothing was tagged or deployed."

/** `outcome` is what was done before, as a sentence; by default signing comes before all tags. */
export function signingFailure(problem: { ref: string; stderr: string; outcome?: string }): SlipwayError {
  const { ref, stderr, outcome = BEFORE_TAGS } = problem

  return new SlipwayError("SIGNING_FAILED", {
    expected: `cosign to sign ${ref}`,
    got: explain(stderr),
    fix: `${isLockedList(stderr) ? UNLOCK : ""}${outcome} Once the cause is gone, run again: it continues with the same digest.`,
  })
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema: the list is a tag that grows. */
const UNLOCK =
  "This registry has no referrers API, so that what is signed of an image is listed under the tag sha256-<its digest>, which each statement writes anew: exempt tags that begin with sha256- from immutability, or switch the referrers API on. "

/** A registry that lets no tag be written twice refuses the second entry of such a list, each in words of its own. */
function isLockedList(stderr: string): boolean {
  return (
    /immutab|TAG_INVALID|ImageTagAlreadyExists|cannot be overwritten|configured as immutable/i.test(stderr) &&
    /\bsha256-[0-9a-f]{6,}/.test(stderr)
  )
}

export function keyRefusal(kind: "keyPair" | "kms", stderr: string): SlipwayError {
  return new SlipwayError("KEY_INVALID", {
    expected:
      kind === "kms"
        ? "a key in the KMS that may be read, and that may sign"
        : "a key that cosign can open: made by cosign generate-key-pair, with its password",
    got: lastWords(stderr),
    fix:
      kind === "kms"
        ? "Check the key's address, the KMS's credentials, and what they permit."
        : "Pass the private key (cosign.key) as --cosign-key and its password as --cosign-password.",
  })
}

export function statementsUnreadable(ref: string, stderr: string, outcome?: string): SlipwayError {
  return unreadable(
    ref,
    stderr,
    `${outcome ? `${outcome} ` : ""}Nothing was signed on a guess. Once the registry answers, run again: it continues with the same digest.`,
  )
}

const NO_VERDICT = "That is no verdict on the image."

/** The same for who only reads: an image is not unsigned because its registry did not say. */
export function verdictUnknown(ref: string, stderr: string): SlipwayError {
  return unreadable(ref, stderr, `${NO_VERDICT} Once the registry answers, ask again.`)
}

function unreadable(ref: string, stderr: string, fix: string): SlipwayError {
  const expected = `to read what is signed of ${ref}`
  return new SlipwayError("REGISTRY_FAILED", { expected, got: explain(stderr), fix })
}

export const UNREADABLE_LIST = "what it lists could not be read"

export function imageUnreadable(ref: string, stderr: string): SlipwayError {
  if (/does not match requested digest|verify.*digest|digest.*mismatch/i.test(stderr))
    return manifestMismatch(ref, "other bytes")
  const absent = /MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found/.test(stderr)
  const unread = isSilence(stderr)
    ? `${NO_VERDICT} Check the registry's address; once it answers, ask again.`
    : "Check the registry's address, login and certificate."
  return new SlipwayError(absent ? "IMAGE_NOT_FOUND" : "REGISTRY_FAILED", {
    expected: `the image ${ref} in its registry`,
    got: absent ? "no such digest" : explain(stderr),
    fix: absent ? "Publish it first, or correct the reference." : unread,
  })
}

export function manifestMismatch(ref: string, got: string): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `the manifest that hashes to ${ref.slice(ref.indexOf("@") + 1)}`,
    got,
    fix: "The registry serves a manifest that was tampered with: do not deploy it, and tell who runs the registry.",
  })
}
