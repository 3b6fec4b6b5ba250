import { SlipwayError } from "../error.ts"
import { isAbsent, isTransient } from "../oci/crane.ts"

/** Messages of cosign and crane, and their meaning for people. */
const MEANINGS: { pattern: RegExp; meaning: string }[] = [
  { pattern: /not enough verified log entries/, meaning: "a signature without an entry in the trusted log" },
  { pattern: /only in the older format/, meaning: "a signature in the older format only" },
  { pattern: /no signatures found/, meaning: "no signature at all" },
  {
    pattern: /accepted signatures do not match threshold|invalid signature when validating/,
    meaning: "a signature by another key",
  },
  { pattern: /does not match any digest in statement/, meaning: "a signature copied from another image" },
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
    meaning: "no response from the server",
  },
  { pattern: /UNAUTHORIZED|401 Unauthorized|DENIED|403 Forbidden/, meaning: "a registry that requires a login" },
]

/** The tool's error, shortened, without its warnings and advice. */
export function lastWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim())
  const errors = lines.filter((line) => /^error|^\* /i.test(line)) // Vault lists its reasons as bullets
  const kept = (errors.length ? errors : lines.filter((line) => line && !/^(WARNING|Flag )/.test(line))).map((line) =>
    line.replace(/^(error during command execution: |error: )+/i, ""),
  )
  return [...new Set(kept)].slice(-2).join("; ").slice(0, 500) || "no output"
}

/** The error's meaning, followed by the tool's message. */
export function explain(stderr: string): string {
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(stderr))?.meaning
  return meaning ? `${meaning} (${lastWords(stderr)})` : lastWords(stderr)
}

// Rekor v1 and v2: https://github.com/sigstore/rekor, https://github.com/sigstore/rekor-tiles; a registry's 409 does not count
const EQUAL_ENTRY =
  /\/log\/entries\]\[409\]|rekor v2 entry: unexpected response: 409\b|an equivalent entry already exists/

/** Whether the log refused an entry because it has an equal one, of a try whose response was lost. */
export function isLogConflict(stderr: string): boolean {
  return EQUAL_ENTRY.test(stderr)
}

/** Whether Fulcio gave no certificate for the token, such as one that has expired. Nothing was signed then. */
export function isTokenRefusal(stderr: string): boolean {
  return /error processing the identity token/.test(stderr)
}

/** cosign's message for an image without signatures, and also for a registry that it could not read. */
export const NOTHING_FOUND = "no signatures found"
/** The reason if a bundle was requested, and the image has the older format only. */
export const ONLY_OLDER_FORM = `${NOTHING_FOUND} in a bundle, only in the older format; verify with --format=LEGACY`

/** Whether the registry gave no usable response, so that nothing is known about the image. */
export function isNoResponse(stderr: string): boolean {
  return (
    isTransient(stderr) || /connection refused|no such host|no answer within|deadline exceeded/.test(lastWords(stderr))
  )
}

/**
 * Whether `cosign verify-attestation` found no attestation by this signer: none at all, only other types, or only those of
 * another key or identity. Any other failure is a failed query.
 */
export function isUnattested(stderr: string): boolean {
  return !isNoResponse(stderr) && (UNATTESTED.test(stderr) || isAbsent({ stderr }))
}
const UNATTESTED = /no matching attestations|none of the attestations matched the predicate type|no signatures found/

/** Whether cosign could read the attestations, and all are by other signers. */
export function isByAnother(stderr: string): boolean {
  return !isNoResponse(stderr) && /no matching attestations: *\S/.test(stderr)
}

export function verificationFailure(problem: { ref: string; signer: string; reason: string }): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a signature of ${problem.ref} by ${problem.signer}`,
    got: explain(problem.reason),
    fix: "Do not deploy the image. Sign its digest with cosign-sign, or find out who published it.",
  })
}

const DO_NOT_DEPLOY = "Do not deploy the image. Release the source again, or find out who changed the image."

export function releaseRefusal(ref: string, refusals: string[], fix = DO_NOT_DEPLOY): SlipwayError {
  return new SlipwayError("VERIFICATION_FAILED", {
    expected: `a complete release at ${ref}`,
    got: refusals.join("; "),
    fix,
  })
}

const BEFORE_TAGS = "Nothing was tagged or deployed."

/** `outcome` is a sentence about what was done before; the default holds because tags are written after signing. */
export function signingFailure(problem: { ref: string; stderr: string; outcome?: string }): SlipwayError {
  const { ref, stderr, outcome = BEFORE_TAGS } = problem

  return new SlipwayError("SIGNING_FAILED", {
    expected: `cosign to sign ${ref}`,
    got: explain(stderr),
    fix: `${isImmutableList(stderr) ? EXEMPT_TAGS : ""}Fix the cause, then run again; the run continues with the same digest. ${outcome}`,
  })
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema */
const EXEMPT_TAGS =
  "Exempt tags that begin with sha256- from immutability, or enable the referrers API: without it, a registry lists an image's signatures under the tag sha256-<digest>, and each signature updates that tag. "

/** Whether the registry refused to update the list of referrers because its tags are immutable. */
function isImmutableList(stderr: string): boolean {
  return (
    /immutab|TAG_INVALID|ImageTagAlreadyExists|cannot be overwritten|configured as immutable/i.test(stderr) &&
    /\bsha256-[0-9a-f]{6,}/.test(stderr)
  )
}

export function keyRefusal(kind: "keyPair" | "kms", stderr: string): SlipwayError {
  return new SlipwayError("KEY_INVALID", {
    expected:
      kind === "kms"
        ? "a KMS key that the credentials may read and sign with"
        : "a private key of cosign generate-key-pair, and its password",
    got: lastWords(stderr),
    fix:
      kind === "kms"
        ? "Check the key's address, and the KMS credentials and their permissions."
        : "Pass the private key (cosign.key) as --cosign-key and its password as --cosign-password.",
  })
}

export function statementsUnreadable(ref: string, stderr: string, outcome?: string): SlipwayError {
  return unreadable(
    ref,
    stderr,
    `${outcome ? `${outcome} ` : ""}Run again once the registry responds; nothing was signed, and the run continues with the same digest.`,
  )
}

/** The same for a verification: an image is not unsigned because its registry does not respond. */
export function verdictUnknown(ref: string, stderr: string): SlipwayError {
  return unreadable(ref, stderr, `Run again once the registry responds; the image is neither verified nor refused.`)
}

function unreadable(ref: string, stderr: string, fix: string): SlipwayError {
  const expected = `to read the signatures of ${ref}`
  return new SlipwayError("REGISTRY_FAILED", { expected, got: explain(stderr), fix })
}

export const UNREADABLE_LIST = "its referrers could not be read"

export function imageUnreadable(ref: string, stderr: string): SlipwayError {
  if (/does not match requested digest|verify.*digest|digest.*mismatch/i.test(stderr))
    return manifestMismatch(ref, "other bytes")
  const absent = /MANIFEST_UNKNOWN|NAME_UNKNOWN|404 Not Found/.test(stderr)
  const unread = isNoResponse(stderr)
    ? `Check the registry's address, and run again once it responds; the image is neither verified nor refused.`
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
    fix: "Do not deploy the image, and report it to the registry's operator: the registry serves a manifest that was tampered with.",
  })
}
