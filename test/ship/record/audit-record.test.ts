import { describe, expect, test } from "vitest"
import { auditRecord, auditRows, imageHost, observed } from "../../../lib/ship/record/audit-record.ts"

const cosign = `ghcr.io/sigstore/cosign/cosign:v3@sha256:${"1a".repeat(32)}`
const use = (argument: string, to: string, stage: string) => ({ argument, to, stage })

describe("the audit of a run", () => {
  const facts = {
    given: ["--cosign-key", "--git-token", "--kubeconfig"],
    uses: [use("--git-token", "git", "open"), use("--cosign-key", cosign, "open"), use("--cosign-key", cosign, "sign")],
    hosts: { open: ["ghcr.io", "ghcr.io"], sign: ["ghcr.io"], sync: ["k8s.example"], test: [] },
  }

  test("has a row for each argument and receiver, what nothing got, and the hosts of the stages that ran", () => {
    const ran = [{ name: "open" }, { name: "sign" }, { name: "test" }]
    expect(auditRecord(facts, ran)).toEqual({
      secrets: [
        { argument: "--cosign-key", to: cosign, stages: ["open", "sign"] },
        { argument: "--git-token", to: "git", stages: ["open"] },
      ],
      unused: ["--kubeconfig"],
      hosts: [
        { stage: "open", hosts: ["ghcr.io"] },
        { stage: "sign", hosts: ["ghcr.io"] },
      ],
    })
  })

  test("adds the images and the secrets that are known only afterwards", () => {
    const known = observed(
      { ...facts, uses: [] },
      {
        secretUses: [use("--git-token", "git", "gitops")],
        tests: { runners: [{ image: "golang:1.26" }] },
        built: { bases: [{ name: "gcr.io/distroless/static" }] },
      },
    )
    expect(known.uses).toEqual([use("--git-token", "git", "gitops")])
    expect(known.hosts).toMatchObject({ test: ["docker.io"], build: ["gcr.io"] })
    expect(observed(facts, { tests: { status: "skipped" } }).hosts).toMatchObject({ test: [], build: [] })
  })

  test("names a tool by its image and digest", () => {
    const rows = auditRows({
      secrets: [
        { argument: "--cosign-key", to: cosign, stages: ["open", "sign"] },
        { argument: "--notify-url", to: "slipway", stages: ["options"] },
        { argument: "--registry-config", to: "engine", stages: ["options"] },
        { argument: "--test-secrets", to: "golang:1.26", stages: ["test"] },
      ],
      unused: ["--kubeconfig"],
      hosts: [],
    })
    expect(rows).toEqual([
      ["--cosign-key", `cosign:v3@sha256:${"1a".repeat(32)}`, "open, sign"],
      ["--notify-url", "Slipway itself", "options"],
      ["--registry-config", "the engine, for its pulls", "options"],
      ["--test-secrets", "golang:1.26", "test"],
      ["--kubeconfig", "nothing", "none"],
    ])
  })
})

test.each([
  { image: "golang:1.26", host: "docker.io" },
  { image: "acme/app", host: "docker.io" },
  { image: "ghcr.io/acme/app:v1", host: "ghcr.io" },
  { image: "registry:5000/app@sha256:00", host: "registry:5000" },
  { image: "localhost/app", host: "localhost" },
  { image: "https://grype.anchore.io/databases", host: "grype.anchore.io" },
  { image: "", host: undefined },
])("the registry of $image is $host", ({ image, host }) => expect(imageHost(image)).toBe(host))
