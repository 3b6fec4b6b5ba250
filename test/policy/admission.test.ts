import { describe, expect, test } from "vitest"
import {
  identityFields,
  imageGlobs,
  imagePattern,
  objectName,
  pinnedPattern,
  policyProofs,
  spellings,
} from "../../lib/policy/admission.ts"

describe("policy admission", () => {
  test.each([
    { identity: "exact", issuer: "exact", fields: { subject: "who", issuer: "where" } },
    { identity: "pattern", issuer: "exact", fields: { subjectRegExp: "who", issuer: "where" } },
    { identity: "exact", issuer: "pattern", fields: { subject: "who", issuerRegExp: "where" } },
  ] as const)("renders an identity as $identity and its issuer as $issuer", ({ identity, issuer, fields }) => {
    const names = { identity: { kind: identity, value: "who" }, issuer: { kind: issuer, value: "where" } }
    expect(identityFields(names)).toEqual(fields)
  })
})

describe("spelling", () => {
  const digest = `sha256:${"0a".repeat(32)}`

  test.each([
    { repository: "ghcr.io/acme/app", names: ["ghcr.io/acme/app"] },
    { repository: "localhost:5000/app", names: ["localhost:5000/app"] },
    { repository: "docker.io/acme/app", names: ["docker.io/acme/app", "index.docker.io/acme/app", "acme/app"] },
    {
      repository: "docker.io/library/app",
      names: [
        ...["docker.io/library/app", "index.docker.io/library/app", "docker.io/app", "index.docker.io/app"],
        ...["library/app", "app"],
      ],
    },
  ])("spells $repository as $names", ({ repository, names }) => {
    expect(spellings(repository)).toEqual(names)
    expect(imageGlobs(repository)).toHaveLength(3 * names.length)
  })

  test("matches a repository without a tag, with a tag, and with a digest", () => {
    expect(imageGlobs("ghcr.io/acme/app")).toEqual(["ghcr.io/acme/app", "ghcr.io/acme/app:*", "ghcr.io/acme/app@*"])
  })

  describe("image pattern", () => {
    test.each([
      { image: "ghcr.io/acme/app", ours: true, pinned: false },
      { image: "ghcr.io/acme/app:v1", ours: true, pinned: false },
      { image: `ghcr.io/acme/app@${digest}`, ours: true, pinned: true },
      { image: `ghcr.io/acme/app:v1@${digest}`, ours: true, pinned: true },
      { image: `ghcr.io/acme/app@${digest}0`, ours: true, pinned: false },
      { image: `ghcr.io/acme/app-evil@${digest}`, ours: false, pinned: false },
      { image: `ghcr.io/acme/app/evil@${digest}`, ours: false, pinned: false },
      { image: `ghcrxio/acme/app@${digest}`, ours: false, pinned: false },
      { image: `evil.example/ghcr.io/acme/app@${digest}`, ours: false, pinned: false },
    ])("matches $image: $ours, and as pinned: $pinned", ({ image, ours, pinned }) => {
      expect(new RegExp(imagePattern("ghcr.io/acme/app")).test(image)).toBe(ours)
      expect(new RegExp(pinnedPattern("ghcr.io/acme/app")).test(image)).toBe(pinned)
    })

    test.each(["app", "library/app:1", `docker.io/app@${digest}`])("matches %s of Docker Hub", (image) => {
      expect(new RegExp(imagePattern("docker.io/library/app")).test(image)).toBe(true)
    })

    test("matches a repository with an IPv6 address", () => {
      expect(new RegExp(pinnedPattern("[::1]:5000/app")).test(`[::1]:5000/app@${digest}`)).toBe(true)
    })
  })

  test.each([
    { repository: "ghcr.io/acme/app", name: "signed-ghcr-io-acme-app" },
    { repository: "localhost:5000/a__b", name: "signed-localhost-5000-a-b" },
    { repository: `ghcr.io/${"long-".repeat(20)}app`, name: /^signed-[a-z0-9][a-z0-9-]*-long-app$/ },
  ])("gives the policy for $repository a valid name", ({ repository, name }) => {
    expect(objectName(repository)).toMatch(name)
    expect(objectName(repository)).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
  })
})

describe("sign admission", () => {
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
      name: "the public instance and a timestamp only",
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
      name: "a root with everything and a timestamp as the proof",
      services: { timestampUrl: "https://t" },
      trustedRoot: all,
      proofs: [false, true, true],
    },
  ])("requires the proofs of the verification with $name", ({ services, trustedRoot, proofs }) => {
    const [log, timestamps, certificateLog] = proofs
    expect(policyProofs(services, trustedRoot)).toEqual({ log, timestamps, certificateLog })
  })
})
