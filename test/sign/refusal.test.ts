import { describe, expect, test } from "vitest"
import * as refusal from "../../lib/sign/refusal.ts"

const ref = `ghcr.io/acme/app@sha256:${"0a".repeat(32)}`

describe("explanation of cosign's and crane's errors", () => {
  test.each([
    { stderr: "Error: no signatures found", meaning: "no signature at all" },
    { stderr: refusal.ONLY_OLDER_FORM, meaning: "a signature in the older format only" },
    {
      stderr: "Error: accepted signatures do not match threshold, Found: 0, Expected 1",
      meaning: "a signature by another key",
    },
    {
      stderr: "Error: provided digest does not match any digest in statement",
      meaning: "a signature copied from another image",
    },
    { stderr: 'Error: expected SAN value to match value "a", got "b"', meaning: "a signature by another identity" },
    {
      stderr: 'Error: no matching CertificateIdentity found, last error: expected SAN value "a", got "b"',
      meaning: "a signature by another identity",
    },
    {
      stderr: 'Error: no matching CertificateIdentity found, last error: expected issuer value "a", got "b"',
      meaning: "a signature by another issuer",
    },
    { stderr: "Error: no matching CertificateIdentity found", meaning: "a signature by another identity or issuer" },
    {
      stderr: "Error: failed to verify leaf certificate: leaf certificate verification failed",
      meaning: "a certificate of another authority",
    },
    { stderr: "Error: dial tcp: connection refused", meaning: "no response from the server" },
    { stderr: "Error: UNAUTHORIZED: authentication required", meaning: "a registry that requires a login" },
  ])("explains $stderr as $meaning", ({ stderr, meaning }) => {
    expect(refusal.explain(stderr)).toBe(`${meaning} (${stderr.replace("Error: ", "")})`)
  })

  test("keeps an unknown error unchanged", () => {
    expect(refusal.explain("Error: something new")).toBe("something new")
    expect(refusal.explain("\n")).toBe("no output")
  })

  test("leaves out warnings and repeated lines", () => {
    const stderr =
      "WARNING: upgrade\nError: signing: boom\nmain.go:74: note\nerror during command execution: signing: boom\n"
    expect(refusal.lastWords(stderr)).toBe("signing: boom")
    expect(refusal.lastWords("WARNING: upgrade\nFlag --x has been deprecated\nboom")).toBe("boom")
  })
})

test.each([
  {
    name: "of Rekor v1",
    stderr: 'Error: signing bundle: [POST /api/v1/log/entries][409] createLogEntryConflict {"code":409}',
    conflict: true,
  },
  {
    name: "of Rekor v2",
    stderr: 'Error: signing bundle: adding rekor v2 entry: unexpected response: 409 {"code":6}',
    conflict: true,
  },
  { name: "by its text", stderr: "an equivalent entry already exists in the transparency log", conflict: true },
  {
    name: "but not a registry's 409",
    stderr: "Error: PUT https://r.test/v2/app/manifests/sha256-0a: unexpected status code 409 Conflict",
    conflict: false,
  },
  {
    name: "but not another response of Rekor v2",
    stderr: "Error: adding rekor v2 entry: unexpected response: 500 409 entries are waiting",
    conflict: false,
  },
  { name: "but not a 400 of Rekor v1", stderr: "[POST /api/v1/log/entries][400] createLogEntryBadRequest" },
  { name: "not a digest", stderr: `PUT https://r.test/v2/app/blobs/sha256:409${"0".repeat(61)}: EOF` },
])("recognises a log's conflict $name", ({ stderr, conflict = false }) => {
  expect(refusal.isLogConflict(stderr)).toBe(conflict)
})

test.each([
  {
    name: "an HTTP status",
    stderr: "Error: HEAD https://r.test/v2/a/manifests/x: unexpected status code 503 Service Unavailable",
  },
  { name: "too many requests", stderr: "Error: GET https://r.test/v2/: TOOMANYREQUESTS: slow down" },
  { name: "a cut connection", stderr: 'Error: Get "https://r.test/v2/": read: connection reset by peer' },
  { name: "an end in the middle", stderr: 'error during command execution: Get "https://r.test/v2/": EOF' },
  { name: "a timeout", stderr: "Error: no answer within 300 s" },
  {
    name: "a refusal",
    stderr: "Error: HEAD https://r.test/v2/a/manifests/x: unexpected status code 404 Not Found",
    noResponse: false,
  },
  {
    name: "an unknown manifest",
    stderr: "Error: GET https://r.test/v2/a: MANIFEST_UNKNOWN: manifest unknown",
    noResponse: false,
  },
  {
    name: "no signature",
    stderr: "Error: no signatures found\nerror during command execution: no signatures found",
    noResponse: false,
  },
  { name: "a retry before the response", stderr: "retrying EOF\nError: no signatures found", noResponse: false },
  { name: "no output", stderr: "", noResponse: false },
])("recognises a missing response: $name", ({ stderr, noResponse = true }) => {
  expect(refusal.isNoResponse(stderr)).toBe(noResponse)
})

/** cosign 3.1.3's verify-attestation prints each error twice. */
const printed = (error: string) =>
  `WARNING: Skipping tlog verification\nError: ${error}\nerror during command execution: ${error}\n`
const ATT = `http://r.test:5000/v2/app/manifests/sha256-${"0a".repeat(32)}.att`

test.each<[string, string, { unattested: boolean; byAnother: boolean }]>([
  ["no attestation", printed("no matching attestations: "), { unattested: true, byAnother: false }],
  [
    "another type",
    printed(
      "none of the attestations matched the predicate type: https://spdx.dev/Document, found: https://cosign.sigstore.dev/attestation/vuln/v1",
    ),
    { unattested: true, byAnother: false },
  ],
  [
    "another key",
    printed(
      "no matching attestations: failed to verify signature: could not verify envelope: accepted signatures do not match threshold, Found: 0, Expected 1",
    ),
    { unattested: true, byAnother: true },
  ],
  [
    "another identity",
    printed(
      'no matching attestations: failed to verify certificate identity: no matching CertificateIdentity found, last error: expected SAN value "a", got "b"',
    ),
    { unattested: true, byAnother: true },
  ],
  ["no such image", printed(`GET ${ATT}: MANIFEST_UNKNOWN: manifest unknown`), { unattested: true, byAnother: false }],
  [
    "503",
    printed(`GET ${ATT}: unexpected status code 503 Service Unavailable`),
    { unattested: false, byAnother: false },
  ],
  [
    "503 with an error code of the registry",
    printed(`GET ${ATT}: UNKNOWN: down`),
    { unattested: false, byAnother: false },
  ],
  ["429", printed(`GET ${ATT}: TOOMANYREQUESTS: slow down`), { unattested: false, byAnother: false }],
  [
    "a cut connection",
    printed(`Get "${ATT}": read tcp 10.0.0.1:35840->10.0.0.2:5000: read: connection reset by peer`),
    { unattested: false, byAnother: false },
  ],
  ["a timeout", "Error: no answer within 300 s", { unattested: false, byAnother: false }],
  ["cosign's time limit", printed(`Get "${ATT}": context deadline exceeded`), { unattested: false, byAnother: false }],
  [
    "an attestation that could not be fetched",
    printed(`no matching attestations: GET ${ATT}: unexpected status code 503 Service Unavailable`),
    { unattested: false, byAnother: false },
  ],
  ["no login", printed(`GET ${ATT}: UNAUTHORIZED: authentication required`), { unattested: false, byAnother: false }],
  ["no output", "", { unattested: false, byAnother: false }],
])("recognises a missing attestation, and one by another signer: %s", (_, stderr, { unattested, byAnother }) => {
  expect(refusal.isUnattested(stderr)).toBe(unattested)
  expect(refusal.isByAnother(stderr)).toBe(byAnother)
})

describe("errors of signing and verification", () => {
  test.each([
    {
      name: "a failed verification",
      error: refusal.verificationFailure({ ref, signer: "the key k", reason: "no signatures found" }),
      text: `VERIFICATION_FAILED: expected a signature of ${ref} by the key k, got no signature at all`,
    },
    {
      name: "an incomplete release",
      error: refusal.releaseRefusal(ref, ["linux/arm64 is missing", "linux/amd64 has no SPDX SBOM"]),
      text: `VERIFICATION_FAILED: expected a complete release at ${ref}, got linux/arm64 is missing; linux/amd64 has no SPDX SBOM`,
    },
    {
      name: "a failed signature",
      error: refusal.signingFailure({ ref, stderr: "Error: dial tcp: no such host" }),
      text: `SIGNING_FAILED: expected cosign to sign ${ref}, got no response from the server`,
    },
    {
      name: "a key that cosign cannot open",
      error: refusal.keyRefusal("keyPair", "Error: decrypt: encrypted: decryption failed"),
      text: "got decrypt: encrypted: decryption failed. Pass the private key (cosign.key) as --cosign-key",
    },
    {
      name: "a KMS that refuses access",
      error: refusal.keyRefusal(
        "kms",
        "Error: public key: Error making API request.\n\nURL: GET https://v/v1\nCode: 403. Errors:\n\n* permission denied\n",
      ),
      text: "got public key: Error making API request.; * permission denied. Check the key's address, and the KMS credentials",
    },
    {
      name: "a missing image",
      error: refusal.imageUnreadable(ref, "MANIFEST_UNKNOWN: manifest unknown"),
      text: `IMAGE_NOT_FOUND: expected the image ${ref} in its registry, got no such digest. Publish it first`,
    },
    {
      name: "a registry that does not respond",
      error: refusal.imageUnreadable(ref, "Error: dial tcp: connection refused"),
      text: `REGISTRY_FAILED: expected the image ${ref} in its registry, got no response from the server (dial tcp: connection refused). Check the registry's address, and run again once it responds; the image is neither verified nor refused.`,
    },
    {
      name: "a registry without a login for it",
      error: refusal.imageUnreadable(ref, "Error: GET https://r.test/v2/: UNAUTHORIZED: authentication required"),
      text: "authentication required). Check the registry's address, login and certificate.",
    },
    {
      name: "a registry that does not list referrers",
      error: refusal.statementsUnreadable(
        ref,
        "Error: HEAD https://r.test/v2/: unexpected status code 503 Service Unavailable",
      ),
      text: `REGISTRY_FAILED: expected to read the signatures of ${ref}, got no response from the server (HEAD`,
    },
    {
      name: "a manifest with other bytes",
      error: refusal.imageUnreadable(ref, "Error: manifest digest: x does not match requested digest: y"),
      text: `VERIFICATION_FAILED: expected the manifest that hashes to sha256:${"0a".repeat(32)}, got other bytes`,
    },
  ])("describe $name", ({ error, text }) => expect(error.message).toContain(text))
})

describe("a registry with immutable tags and without the referrers API", () => {
  const tag = `sha256-${"4f".repeat(32)}`
  test.each([
    `Error: signing: PUT https://r.test/v2/app/manifests/${tag}: TAG_INVALID: The image tag '${tag}' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.`,
    `Error: PUT https://r.test/v2/app/manifests/${tag}: DENIED: Failed to process request due to 'app:${tag}' configured as immutable.`,
  ])("needs an exemption from immutability: %s", (stderr) => {
    expect(() => {
      throw refusal.signingFailure({ ref, stderr })
    }).toThrow(
      / Exempt tags that begin with sha256- from immutability, or enable the referrers API: .* Nothing was tagged/,
    )
  })

  test("is not recognised by other refusals of a tag", () => {
    expect(refusal.signingFailure({ ref, stderr: "Error: TAG_INVALID: v1" }).message).not.toContain("referrers")
    expect(refusal.signingFailure({ ref, stderr: `Error: ${tag}: UNAUTHORIZED` }).message).not.toContain("referrers")
  })
})
