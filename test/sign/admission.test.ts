import { expect, test } from "vitest"
import { policyProofs } from "../../lib/sign/admission.ts"

const root = (parts: object) =>
  JSON.stringify({
    mediaType: "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    certificateAuthorities: [{}],
    ...parts,
  })
const one = [{}]
const all = root({ tlogs: one, ctlogs: one, timestampAuthorities: one })

test.each([
  { name: "the public instance", services: {}, trustedRoot: undefined, proofs: [true, false, true] },
  {
    name: "the public instance, with a timestamp alone",
    services: { timestampUrl: "https://t" },
    trustedRoot: undefined,
    proofs: [false, true, true],
  },
  { name: "a root with everything", services: {}, trustedRoot: all, proofs: [true, true, true] },
  { name: "a root with a log", services: {}, trustedRoot: root({ tlogs: one }), proofs: [true, false, false] },
  {
    name: "a root with timestamps",
    services: {},
    trustedRoot: root({ timestampAuthorities: one }),
    proofs: [false, true, false],
  },
  {
    name: "a root with everything, of which the timestamp is the proof",
    services: { timestampUrl: "https://t" },
    trustedRoot: all,
    proofs: [false, true, true],
  },
])("a policy asks for what the verification asked for, with $name", ({ services, trustedRoot, proofs }) => {
  const [log, timestamps, certificateLog] = proofs
  expect(policyProofs(services, trustedRoot)).toEqual({ log, timestamps, certificateLog })
})
