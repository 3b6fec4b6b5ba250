import type { DeployedOutcome, ImageOutcome } from "../../lib/deployed/scan-deployed.ts"
import type { Digest, DigestRef } from "../../lib/oci/reference.ts"
import { FailOn } from "../../src/enums.ts"
import { assessment, comparison, merged, rules, scanner } from "../scan/sample.ts"

export const digest = (byte: string) => `sha256:${byte.repeat(32)}` as Digest
export const refOf = (name: string, byte = "0a") => `ghcr.io/acme/${name}@${digest(byte)}` as DigestRef

const SINCE = { commit: "c0ffee".repeat(7).slice(0, 40), time: "2026-11-03T10:00:00.000Z", author: "Ann" }
export const environment = (path = "prod/app.yaml", branch = "main") => {
  return { repo: "https://git.example/deploy", branch, path, since: SINCE }
}

type Scanned = Extract<ImageOutcome, { status: "scanned" }>

/** An image with one new finding, whose scan has the given fields. */
export function scanned(name: string, own: Partial<Scanned["scan"]> = {}, more: Partial<Scanned> = {}): Scanned {
  const finding = merged()
  const found = { findings: [finding], failing: [finding] }
  const scan = {
    ...assessment({ ...found, comparison: comparison(), rules: rules({ onlyNew: true }), ...own }),
    files: [],
  }
  const ref = refOf(name)
  return { ref, refs: [ref], tags: [], environments: [environment()], status: "scanned", scan, unscanned: [], ...more }
}

export function notScanned(name: string): ImageOutcome {
  const ref = refOf(name)
  const failure = { code: "REGISTRY_FAILED" as const, message: "REGISTRY_FAILED: expected an answer, got none. Wait." }
  return { ref, refs: [ref], tags: [], environments: [environment()], status: "failed", failure }
}

/** An unchanged finding that fails nothing. */
export const known = merged({ id: "CVE-1", package: "zlib", layer: "os", fixed: "2" })
export const passing = () => {
  return scanned("web", {
    verdict: "passed",
    findings: [known],
    failing: [],
    comparison: comparison({ unchanged: [known] }),
  })
}

export function outcome(own: Partial<DeployedOutcome> = {}): DeployedOutcome {
  return {
    startedAt: new Date("2026-12-01T04:00:00Z"),
    seconds: 12.34,
    failOn: FailOn.NEW,
    open: { facts: scanner, rules: rules({ onlyNew: true }), exceptions: [] },
    images: [scanned("app")],
    unnamed: [],
    ...own,
  }
}
