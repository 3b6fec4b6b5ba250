import type { CiRun } from "../config/ci.ts"
import type { Revision } from "../config/revision.ts"
import type { Tools } from "../engine/tool.ts"
import type { BumpOutcome } from "../gitops/outcome.ts"
import type { LayoutContent } from "../oci/layout.ts"
import type { DigestRef } from "../oci/reference.ts"
import type { WrittenTag } from "../publish/tag-state.ts"
import type { UnearnedTag } from "../publish/tags.ts"
import type { Assessment } from "../scan/assessment.ts"
import type { AttestationOutcome } from "../sign/attestation.ts"
import type { TestOutcome } from "../test/outcome.ts"
import { failureRecord } from "./failure.ts"
import type { ReleaseRecord, SignatureRecord } from "./record.ts"
import { type BumpedPlace, bumpRecord, imageRecord, scanRecord, sourceRecord, testRecord } from "./stage-records.ts"
import { endedStages, type Stage } from "./stopwatch.ts"

/** An image as its layout has it; `sizes` are what a node pulls, by digest. */
export type BuiltFacts = { content: LayoutContent; sizes: Map<string, number>; warnings: string[]; revision?: Revision }

/** Where the bump went, and what became of it. */
export type BumpFacts = { outcome: BumpOutcome; place: BumpedPlace }

/** What is known of a run as it goes on: each stage adds what it came to, one that failed too. */
export type Facts = {
  mode: ReleaseRecord["mode"]
  repository: string
  ci?: CiRun
  /** What an earlier run of this commit said of the digest that it made, before it ended. */
  adopted?: ReleaseRecord
  inputs?: string
  content?: string
  tests?: TestOutcome
  built?: BuiltFacts
  scan?: Assessment
  ref?: DigestRef
  signature?: SignatureRecord
  attestations?: AttestationOutcome[]
  tags?: WrittenTag[]
  unearned?: UnearnedTag[]
  bump?: BumpFacts | "skipped"
}

export type Ended = { stages: Stage[]; tools: Tools; error?: unknown }

/** The record of a run as it stands now; `failure` is what ended it. */
export function recordOf(
  { facts, stages, options: { tools } }: { facts: Facts; stages: Stage[]; options: { tools: Tools } },
  failure: { error?: unknown } = {},
): ReleaseRecord {
  return releaseRecord(facts, { stages, tools, ...failure })
}

/** The record of a run, however far it came. */
export function releaseRecord(facts: Facts, ended: Ended): ReleaseRecord {
  const { mode, ci, adopted, inputs, content, tests, built, scan, ref, signature, attestations, tags, unearned, bump } =
    facts
  const { stages, tools } = ended
  const failed = "error" in ended
  return {
    version: 1,
    ok: !failed,
    mode,
    ...(ci && { ci }),
    ...(failed && { failure: failureRecord(ended.error, stages) }),
    ...(inputs && { inputs }),
    ...(content && { content }),
    ...(adopted && { ...madeBefore(adopted), adopted: true }),
    ...(built && { source: sourceRecord(built.revision) }),
    ...(tests && { tests: testRecord(tests) }),
    ...(built && { image: imageRecord(built, { repository: facts.repository, scan }) }),
    ...(scan && { scan: scanRecord(scan) }),
    ...(ref && { published: ref }),
    ...(signature && { signature }),
    ...(attestations && {
      attestations: attestations.map(({ ref: subject, type, status }) => ({ subject, type, status })),
    }),
    ...(tags && { tags }),
    ...(unearned?.length && { unearned }),
    ...(bump && { bump: bump === "skipped" ? { status: bump } : bumpRecord(bump.outcome, bump.place) }),
    // copies: a stage that goes on after the run has ended must not change its record
    stages: endedStages(stages),
    tools: { ...tools },
  }
}

/** What is not done again when a digest is adopted; when and by which job it was done stays with it. */
function madeBefore({ source, tests, image, scan, published }: ReleaseRecord): Partial<ReleaseRecord> {
  return {
    ...(source && { source }),
    ...(tests && { tests }),
    ...(image && { image }),
    ...(scan && { scan }),
    ...(published && { published }),
  }
}
