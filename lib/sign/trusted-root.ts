import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { SlipwayError } from "../error.ts"

// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto: only which parts it has.
const Entries = z.array(z.unknown()).default([])
const TrustedRootEntries = z.object({
  mediaType: z.string().startsWith("application/vnd.dev.sigstore.trustedroot"),
  certificateAuthorities: z.array(z.unknown()).min(1),
  tlogs: Entries,
  ctlogs: Entries,
  timestampAuthorities: Entries,
})

/** What a Sigstore instance can prove about a signature; a verification must not require more. */
export type Proofs = { log: boolean; certificateLog: boolean; timestamps: boolean }

/** Reads which services a private instance has from its trusted root, which the caller trusts. */
export function parseTrustedRoot(text: string): Proofs {
  const root = TrustedRootEntries.safeParse(parseJson(text))
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
      fix: "Add the one that the signer uses: a certificate is valid for minutes, so a log or a timestamp must prove when it signed.",
    })
  }
  return {
    log: tlogs.length > 0,
    certificateLog: ctlogs.length > 0,
    timestamps: timestampAuthorities.length > 0,
  }
}

const Period = z.object({ start: z.string().optional(), end: z.string().optional() }).default({})
const Authority = z.object({
  subject: z.object({ organization: z.string().default(""), commonName: z.string().default("") }).prefault({}),
  uri: z.string().default(""),
  certChain: z.object({ certificates: z.array(z.object({ rawBytes: z.base64() })).min(1) }),
  validFor: Period,
})
const Log = z.object({
  baseUrl: z.string().default(""),
  hashAlgorithm: z.string().default(""),
  publicKey: z.object({ rawBytes: z.base64(), validFor: Period }),
})
// https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto: only the fields that policies need.
const TrustedRoot = z.object({
  certificateAuthorities: z.array(Authority).default([]),
  timestampAuthorities: z.array(Authority).default([]),
  tlogs: z.array(Log).default([]),
  ctlogs: z.array(Log).default([]),
})

export type RootAuthority = { organization: string; commonName: string; uri: string; chain: string }
export type RootLog = { url: string; hashAlgorithm: string; publicKey: string }

/** The keys of a private Sigstore instance that are valid now; chains and keys are PEM. */
type RootKeys = {
  certificateAuthorities: RootAuthority[]
  timestampAuthorities: RootAuthority[]
  logs: RootLog[]
  certificateLogs: RootLog[]
  /** Whether keys that are not valid now were left out. */
  outdated: boolean
}

/**
 * Reads the keys of a trusted root that are valid now, for policies, which have no dates for keys. Otherwise a key that was
 * retired after a leak would stay valid for ever.
 */
export function parseRootKeys(text: string, now: Date): RootKeys {
  const root = TrustedRoot.safeParse(parseJson(text))
  if (!root.success) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a trusted root whose certificates and keys can be written into a policy",
      got: z.prettifyError(root.error).replaceAll("\n", " "),
      fix: "Pass the file trusted_root.json of the instance, as cosign trusted-root create writes it.",
    })
  }
  const { certificateAuthorities, timestampAuthorities, tlogs, ctlogs } = root.data
  const authorities = [...certificateAuthorities, ...timestampAuthorities].map(({ validFor }) => validFor)
  const logs = [...tlogs, ...ctlogs].map(({ publicKey }) => publicKey.validFor)
  const current = (authority: z.infer<typeof Authority>) => isValid(authority.validFor, now)
  const open = (log: z.infer<typeof Log>) => isValid(log.publicKey.validFor, now)
  if (!certificateAuthorities.some(current)) throw noAuthority(certificateAuthorities.length)
  return {
    certificateAuthorities: certificateAuthorities.filter(current).map(authorityOf),
    timestampAuthorities: timestampAuthorities.filter(current).map(authorityOf),
    logs: tlogs.filter(open).map(logOf),
    certificateLogs: ctlogs.filter(open).map(logOf),
    outdated: [...authorities, ...logs].some((period) => !isValid(period, now)),
  }
}

/** Without an authority, a policy engine would use the public instance's. */
function noAuthority(count: number): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a trusted root with a certificate authority that is valid now",
    got: count === 0 ? "none" : "only authorities that are not valid now",
    fix: "Pass the current trusted_root.json of the instance.",
  })
}

/** An unreadable date makes the key invalid. */
function isValid({ start, end }: z.infer<typeof Period>, now: Date): boolean {
  const begun = start === undefined || Date.parse(start) <= now.getTime()
  return begun && (end === undefined || Date.parse(end) > now.getTime())
}

function authorityOf({ subject, uri, certChain }: z.infer<typeof Authority>): RootAuthority {
  const chain = certChain.certificates.map(({ rawBytes }) => pem("CERTIFICATE", rawBytes)).join("")
  return { ...subject, uri, chain }
}

function logOf({ baseUrl, hashAlgorithm, publicKey }: z.infer<typeof Log>): RootLog {
  return { url: baseUrl, hashAlgorithm, publicKey: pem("PUBLIC KEY", publicKey.rawBytes) }
}

/** https://www.rfc-editor.org/rfc/rfc7468#section-2 */
function pem(label: string, base64: string): string {
  const lines = base64.match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n")
}
