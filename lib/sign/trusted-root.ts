import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto: only what is there, and what is not.
const Entries = z.array(z.unknown()).default([])
const TrustedRoot = z.object({
  mediaType: z.string().startsWith("application/vnd.dev.sigstore.trustedroot"),
  certificateAuthorities: z.array(z.unknown()).min(1),
  tlogs: Entries,
  ctlogs: Entries,
  timestampAuthorities: Entries,
})

/** What a Sigstore instance can prove of a signature: what it has not, a verification must not ask for. */
export type Proofs = { log: boolean; certificateLog: boolean; timestamps: boolean }

/** Reads from the trusted root of a private instance, which the caller vouches for, what that instance consists of. */
export function parseTrustedRoot(text: string): Proofs {
  const root = TrustedRoot.safeParse(parseJson(text))
  if (!root.success) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected:
        "a trusted root of a Sigstore instance with a certificate authority, as cosign trusted-root create writes it",
      got: z.prettifyError(root.error).replaceAll("\n", " "),
      fix: "Pass the file trusted_root.json of the instance that issued the certificates.",
    })
  }
  const { tlogs, ctlogs, timestampAuthorities } = root.data
  if (tlogs.length + timestampAuthorities.length === 0) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a transparency log or a timestamp authority in the trusted root",
      got: "neither",
      fix: "Add the one that the signer uses: a certificate is valid for minutes, and something must prove when it signed.",
    })
  }
  return {
    log: tlogs.length > 0,
    certificateLog: ctlogs.length > 0,
    timestamps: timestampAuthorities.length > 0,
  }
}
