import { expect, test } from "vitest"
import { parseTrustedRoot } from "../../lib/sign/trusted-root.ts"

const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
const one = [{}]
const root = (parts: object) => JSON.stringify({ mediaType, certificateAuthorities: one, ...parts })

test.each([
  {
    name: "like the public one",
    parts: { tlogs: one, ctlogs: one, timestampAuthorities: one },
    proofs: { log: true, certificateLog: true, timestamps: true },
  },
  {
    name: "with a timestamp authority alone",
    parts: { timestampAuthorities: one },
    proofs: { log: false, certificateLog: false, timestamps: true },
  },
  {
    name: "with a log alone",
    parts: { tlogs: one, ctlogs: [] },
    proofs: { log: true, certificateLog: false, timestamps: false },
  },
])("reads what an instance $name can prove", ({ parts, proofs }) => {
  expect(parseTrustedRoot(root(parts))).toEqual(proofs)
})

test.each([
  { name: "nothing that proves the moment", text: root({ ctlogs: one }), says: "got neither. Add the one" },
  { name: "no authority", text: root({ certificateAuthorities: [], tlogs: one }), says: "certificateAuthorities" },
  {
    name: "a signing config",
    text: '{"mediaType":"application/vnd.dev.sigstore.signingconfig.v0.2+json"}',
    says: "mediaType",
  },
  { name: "a certificate", text: "-----BEGIN CERTIFICATE-----", says: "OPTIONS_INVALID: expected a trusted root" },
])("refuses one with $name", ({ text, says }) => expect(() => parseTrustedRoot(text)).toThrow(says))
