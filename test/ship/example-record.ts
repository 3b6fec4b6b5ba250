import type { ReleaseRecord } from "../../lib/ship/record/record.ts"

/** A record with a part for every stage. */
export type WholeRecord = Required<Omit<ReleaseRecord, "failure">>

export const digest = `sha256:${"0a".repeat(32)}`
export const stage = { startedAt: "2026-11-01T00:00:00.000Z", seconds: 2.04, status: "done" as const }
export const record: WholeRecord = {
  version: 1,
  ok: true,
  mode: "delivery",
  ci: { system: "github", url: "https://github.com/acme/app/actions/runs/7", actor: "octocat" },
  inputs: `sha256:${"1d".repeat(32)}`,
  content: `sha256:${"1e".repeat(32)}`,
  adopted: true,
  refresh: {
    status: "due",
    former: `ghcr.io/acme/app@sha256:${"7f".repeat(32)}`,
    bases: [
      {
        ...{ name: "debian:bookworm-slim", status: "moved", platforms: ["linux/amd64"] },
        ...{ from: `sha256:${"3d".repeat(32)}`, to: `sha256:${"4e".repeat(32)}` },
        fixes: [{ id: "CVE-8", severity: "HIGH", package: "libcap2", platforms: ["linux/amd64"] }],
      },
    ],
  },
  source: { revision: "f00d", branch: "main", dirty: false, url: "https://git.example.com/app" },
  tests: {
    status: "passed",
    runners: [{ name: "go", image: "golang:1.26", status: "passed", tests: 3, seconds: 2.04 }],
  },
  image: {
    repository: "ghcr.io/acme/app",
    digest,
    platforms: [
      { platform: "linux/amd64", digest: `sha256:${"1b".repeat(32)}`, size: 2_300_000, findings: { HIGH: 0, LOW: 2 } },
      { platform: "linux/arm64", digest: `sha256:${"2c".repeat(32)}`, size: 2_200_000, findings: {} },
    ],
    warnings: [],
  },
  scan: {
    verdict: "passed",
    scanner: { name: "Trivy", version: "0.74.0", database: { updatedAt: "2026-11-01T00:00:00Z", age: 50 } },
    threshold: "HIGH",
    findings: [
      {
        ...{ id: "CVE-9", severity: "LOW", package: "tar", installed: "1", fixed: "" },
        ...{ platforms: ["linux/amd64"], failing: false },
      },
    ],
    excepted: [],
    warnings: [],
  },
  smoke: {
    status: "passed",
    platforms: [
      {
        ...{ platform: "linux/amd64", status: "passed", seconds: 6.1 },
        result: "port 8080 answered after 0.2 s, and it was up after 5.0 s",
      },
    ],
  },
  published: `ghcr.io/acme/app@${digest}`,
  signature: { signer: "key", checks: [`signature on ${digest}`] },
  attestations: [
    { subject: `ghcr.io/acme/app@${digest}`, type: "https://slsa.dev/provenance/v1", status: "attested" },
    { subject: "ghcr.io/acme/app@sha256:1b", type: "https://spdx.dev/Document", status: "attested" },
    { subject: "ghcr.io/acme/app@sha256:1b", type: "https://cyclonedx.org/bom", status: "alreadyAttested" },
  ],
  tags: [{ name: "f00d", change: "created" }],
  unearned: [{ template: "latest", reason: "not earned on fix, only on main" }],
  chart: {
    name: "app",
    version: "1.2.3",
    appVersion: "v1.2.3",
    image: `ghcr.io/acme/app@${digest}`,
    published: `ghcr.io/acme/charts/app@${digest}`,
    checks: ["signature of the chart by key.pub"],
    change: "created",
  },
  bump: {
    status: "bumped",
    repo: "https://git.example.com/deploy",
    branch: "main",
    path: "prod",
    imageName: "hello",
    commit: "c0ffee",
    diff: "-a\n+b\n",
    tries: 2,
  },
  preview: {
    status: "shipped",
    number: 7,
    tag: "pr-7-f00d",
    url: "https://pr-7.example.com",
    comment: { status: "created", url: "https://github.com/acme/app/pull/7#issuecomment-1" },
  },
  sync: {
    status: "live",
    resources: [{ name: "deployment/shop/hello", state: "live", text: "2 of 2 pods are new" }],
    seconds: 34,
    commitToLive: 720,
    rollback: { ref: `ghcr.io/acme/app@${digest}`, commit: "c0ffee", request: "https://git.example.com/deploy/1" },
  },
  replicas: [
    { repository: "mirror.acme.example/hello", status: "copied", tags: [{ name: "f00d", change: "created" }] },
  ],
  cache: {
    store: "directory",
    bundle: "used",
    signer: "the public key sha256:1",
    volumes: [
      {
        kind: "test",
        name: "go",
        key: "0a",
        import: "fallback",
        bytes: 12_300_000,
        export: "saved",
        exportedBytes: 13e6,
      },
      { kind: "build", name: "/root/.npm", import: "skipped", reason: "it begins with files of deps" },
    ],
    export: { status: "written", bytes: 25_000_000 },
  },
  deployment: {
    environment: "production",
    status: "recorded",
    state: "success",
    id: 7,
    linked: ["storage", "deployment"],
  },
  notification: { event: "success", status: "sent", host: "hooks.example.com" },
  audit: {
    secrets: [{ argument: "--git-token", to: `k8s.io/kustomize:v5@sha256:${"4d".repeat(32)}`, stages: ["gitops"] }],
    unused: ["--kubeconfig"],
    hosts: [{ stage: "gitops", hosts: ["git.example.com"] }],
  },
  stages: [{ name: "test", ...stage }],
  tools: { trivy: "trivy@sha256:1" },
}

/** The record of a run whose image was compared with the deployed one. */
export const compared: WholeRecord = {
  ...record,
  scan: {
    ...record.scan,
    onlyNew: true,
    findings: record.scan.findings.map((finding) => ({ ...finding, state: "unchanged" as const })),
    comparison: {
      deployed: `ghcr.io/acme/app@sha256:${"0d".repeat(32)}`,
      reports: [{ platform: "linux/amd64", scanner: "Trivy", scannedAt: "2026-10-31T00:00:00Z" }],
      unknown: ["linux/arm64 is not deployed yet"],
      findings: { new: 0, unchanged: 1, fixed: 1 },
      fixed: [{ id: "CVE-8", severity: "HIGH", package: "sed", installed: "4", platforms: ["linux/amd64"] }],
      packages: {
        ...{ added: 0, removed: 0, changed: 1 },
        changes: [{ type: "deb", name: "@acme/tar", from: ["1"], to: ["2"], platforms: ["linux/amd64"] }],
      },
    },
  },
}
