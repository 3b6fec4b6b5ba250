import { describe, expect, test } from "vitest"
import type { Revision } from "../../lib/config/revision.ts"
import type { ShipOptions } from "../../lib/ship/context.ts"
import { contentDigest, inputsDigest } from "../../lib/ship/inputs.ts"
import { Severity } from "../../src/enums.ts"

const revision: Revision = { commit: "f00d", time: 1, tags: [], dirty: false }
const rules = {
  ...{ threshold: Severity.HIGH, ignoreUnfixed: false, failOnEndOfLife: false, maxDbAge: 0 },
  ...{ pkgTypes: ["os"], scanners: ["vuln"] },
}
const options = {
  tests: { commands: ["npm test"] },
  build: { platforms: ["linux/amd64"], nodeImage: "node", gitImage: "git" },
  scan: { rules, dbRepositories: [] },
  tags: ["{sha}"],
  tools: { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" },
} as unknown as ShipOptions
const base = inputsDigest(options, { revision })

test("the inputs digest is a SHA-256 digest", () => {
  expect(base).toMatch(/^sha256:[0-9a-f]{64}$/)
})

describe("the inputs digest stays the same", () => {
  test.each<[string, Partial<ShipOptions>, Partial<Revision>]>([
    [
      "when options come in another order",
      { tools: Object.fromEntries(Object.entries(options.tools).reverse()) as never },
      {},
    ],
    ["without an empty list", { tests: { commands: ["npm test"], services: [] } }, {}],
    ["for other tags", { tags: ["v1"] }, {}],
    ["on another branch", {}, { branch: "other" }],
    ["with other handles of secrets", { build: { ...options.build, secrets: [{} as never] } }, {}],
  ])("%s", (_, change, source) => {
    expect(inputsDigest({ ...options, ...change }, { revision: { ...revision, ...source } })).toBe(base)
  })
})

describe("the inputs digest changes", () => {
  test.each<[string, Partial<ShipOptions>, Partial<Revision>]>([
    ["with the commit", {}, { commit: "beef" }],
    ["with the test commands", { tests: { commands: ["make test"] } }, {}],
    ["when tests are skipped", { tests: "skip" }, {}],
    ["with the platforms", { build: { ...options.build, platforms: ["linux/arm64"] } }, {}],
    ["with a build arg", { build: { ...options.build, buildArgs: ["A=1"] } }, {}],
    ["with the threshold", { scan: { ...options.scan, rules: { ...rules, threshold: Severity.LOW } } }, {}],
    ["with a rule about exploits", { scan: { ...options.scan, rules: { ...rules, kev: true } } }, {}],
    [
      "with the licence policy",
      { scan: { ...options.scan, rules: { ...rules, licenses: { allow: [], deny: ["MIT"] } } } },
      {},
    ],
    ["with a stage for tests", { tests: { commands: ["npm test"], target: "check" } }, {}],
    ["with the older form of the signature", { signing: { formats: ["v3", "legacy"], attestations: [] } }, {}],
    ["with the scanner", { tools: { ...options.tools, grype: "g" } }, {}],
    ["with a tool", { tools: { ...options.tools, trivy: "t2" } }, {}],
  ])("%s", (_, change, source) => {
    expect(inputsDigest({ ...options, ...change }, { revision: { ...revision, ...source } })).not.toBe(base)
  })

  test("with an image that was built elsewhere", () => {
    const [one, another] = ["sha256:1", "sha256:2"].map((given) => inputsDigest(options, { revision, given }))
    expect(new Set([base, one, another]).size).toBe(3)
  })

  test("with a VEX document or an attestation", () => {
    expect(inputsDigest(options, { revision, vex: ["{}"] })).not.toBe(base)
    expect(inputsDigest(options, { revision, attestations: ["type {}"] })).not.toBe(base)
  })

  test("with the exceptions", () => {
    expect(inputsDigest(options, { revision, exceptions: "exceptions: []" })).not.toBe(base)
  })
})

describe("the content digest of a service", () => {
  const files = ["api sha256:1"]
  test("is the same for each commit that does not change its files", () => {
    expect(contentDigest(options, { files })).toBe(contentDigest({ ...options, tags: ["v2"] }, { files }))
    expect(contentDigest(options, { files })).not.toBe(base)
  })
  test.each<[string, Parameters<typeof contentDigest>]>([
    ["another file", [options, { files: ["api sha256:2"] }]],
    [
      "another threshold",
      [{ ...options, scan: { ...options.scan, rules: { ...rules, threshold: Severity.LOW } } }, { files }],
    ],
    ["an exception", [options, { files, exceptions: "exceptions: []" }]],
  ])("changes with %s", (_, args) => {
    expect(contentDigest(...args)).not.toBe(contentDigest(options, { files }))
  })
})

test("the inputs digest differs for other bases of a refresh, and not for another time of it", () => {
  const refreshed = (bases: string, at: number) =>
    inputsDigest(options, { revision: { ...revision, refresh: { bases, at } } })
  expect(new Set([base, refreshed("a", 1), refreshed("b", 1)]).size).toBe(3)
  expect(refreshed("a", 2)).toBe(refreshed("a", 1))
})
