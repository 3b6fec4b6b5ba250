import type { ScannerFacts } from "../scan/database.ts"
import type { StageTime } from "./stopwatch.ts"

/** What the source said of itself; without a git checkout nothing of it is known. */
export type SourceRecord = { revision?: string; branch?: string; dirty?: boolean; url?: string }

export type TestRecord =
  | { status: "passed"; runners: { name: string; image: string; tests?: number; seconds: number }[] }
  | { status: "skipped" }

/** One platform's image: `size` is what a node pulls, in bytes; findings are counted by severity. */
export type PlatformRecord = { platform: string; digest: string; size: number; findings: Record<string, number> }

export type ScanRecord = {
  scanner: ScannerFacts
  threshold: string
  excepted: string[]
  warnings: string[]
}

export type SignatureRecord = { signer: string; checks: string[] }

export type TagRecord = { name: string; change: "created" | "moved" | "unchanged" }

export type BumpRecord =
  | { status: "bumped"; repo: string; branch: string; path: string; commit: string; diff: string; tries: number }
  | { status: "unchanged"; repo: string; branch: string; path: string; commit: string }
  | { status: "superseded"; repo: string; branch: string; path: string; commit: string }
  | { status: "skipped" }

/** Everything that is known of one run; whatever a person or a system reads is derived from it. Times are UTC. */
export type ReleaseRecord = {
  version: 1
  mode: "rehearsal" | "delivery"
  source: SourceRecord
  tests: TestRecord
  buildWarnings: string[]
  repository: string
  digest: string
  platforms: PlatformRecord[]
  scan: ScanRecord
  signature: SignatureRecord
  tags: TagRecord[]
  bump: BumpRecord
  stages: StageTime[]
}
