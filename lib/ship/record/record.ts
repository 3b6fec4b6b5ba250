import { z } from "zod"
import { NotificationRecord } from "../../notify/notification.ts"
import { AuditRecord } from "./audit-record.ts"
import { CacheRecord, TakenOver } from "./cache-record.ts"
import { CheckRecord, RenderedRecord } from "./check-record.ts"
import { RefreshRecord } from "./refresh-record.ts"
import { ScanRecord } from "./scan-record.ts"
import { DeploymentRecord } from "./trace-record.ts"

/** Times are UTC, sizes in bytes, durations in seconds, digests as sha256:<hex>. */
const Time = z.iso.datetime()

/** The source's revision; empty without a git checkout. */
export const SourceRecord = z.object({
  revision: z.string().optional(),
  branch: z.string().optional(),
  dirty: z.boolean().optional(),
  changes: z
    .array(z.string())
    .optional()
    .describe("uncommitted changes, such as main.go: modified; a long list is shortened"),
  url: z.string().optional(),
})

/** The CI job of the run, from the caller's variables. */
export const CiRecord = z.object({
  system: z.enum(["github", "gitlab"]),
  branch: z.string().optional(),
  tag: z.string().optional(),
  defaultBranch: z.string().optional(),
  isProtected: z.boolean().optional().describe("whether only maintainers can change the branch or tag"),
  pullRequest: z.string().optional(),
  url: z.string().optional().describe("the run's web page"),
  builderId: z.string().optional(),
  actor: z.string().optional().describe("the user who started the run, as its variables say"),
  repository: z.string().optional().describe("the web page of the job's repository"),
})

const Runner = z.object({
  name: z.string(),
  image: z.string(),
  status: z.enum(["passed", "failed"]),
  tests: z.number().optional().describe("tests that passed, if the runner reports them"),
  seconds: z.number(),
})
export const TestRecord = z.discriminatedUnion("status", [
  z.object({
    status: z.enum(["passed", "failed"]),
    runners: z.array(Runner),
    takenOver: TakenOver.optional().describe("the earlier run that ran the tests, with the same inputs"),
  }),
  z.object({ status: z.literal("skipped") }),
])

/** One platform's image: `size` is what a node pulls; findings are counted by severity, after the scan. */
export const PlatformRecord = z.object({
  platform: z.string(),
  digest: z.string(),
  size: z.number(),
  findings: z.record(z.string(), z.number()).optional(),
})

export const ImageRecord = z.object({
  repository: z.string(),
  digest: z.string(),
  platforms: z.array(PlatformRecord),
  warnings: z.array(z.string()),
})

const PlatformStart = z.object({
  platform: z.string(),
  status: z.enum(["passed", "failed"]),
  result: z.string().describe("what answered, or what failed"),
  exitCode: z.number().optional(),
  seconds: z.number(),
})
export const SmokeRecord = z.discriminatedUnion("status", [
  z.object({ status: z.enum(["passed", "failed"]), platforms: z.array(PlatformStart) }),
  z.object({ status: z.literal("skipped"), reason: z.string() }),
])

export const SignatureRecord = z.object({ signer: z.string(), checks: z.array(z.string()) })

/** One attestation of the index or of a platform's image. */
export const AttestationRecord = z.object({
  subject: z.string().describe("the reference by digest"),
  type: z.string().describe("URI of the predicate type"),
  status: z.enum(["attested", "alreadyAttested"]),
})

/** A tag with its outcome. A floating tag is superseded if a newer image has it. */
export const TagRecord = z.object({
  name: z.string(),
  change: z.enum(["created", "moved", "unchanged", "superseded"]),
  newer: z.string().optional().describe("the commit or version of the newer image at the tag"),
  foreign: z.string().optional().describe("the repository of the previous image, if it is another one"),
  unordered: z.boolean().optional().describe("the previous image at the tag names no commit"),
})

/** A copy of the release in a further registry; unchanged: an earlier run copied everything. */
export const ReplicaRecord = z.object({
  repository: z.string(),
  status: z.enum(["copied", "unchanged", "failed"]),
  tags: z.array(TagRecord).optional(),
  message: z.string().optional().describe("the error, if it failed"),
})

/** The Helm chart of the image. Its signature and its provenance were verified before its version was tagged. */
export const ChartRecord = z.object({
  name: z.string(),
  version: z.string().describe("its tag, too"),
  appVersion: z.string().optional(),
  image: z.string().describe("the image in its values, by digest"),
  published: z.string().describe("the reference by digest in the registry"),
  checks: z.array(z.string()),
  change: TagRecord.shape.change.optional(),
})

/** A requested tag that this commit does not earn. */
export const UnearnedTagRecord = z.object({ template: z.string(), reason: z.string() })

const BumpPlace = z.object({
  repo: z.string(),
  branch: z.string(),
  path: z.string(),
  imageName: z.string().optional().describe("the name of the image in the manifests"),
  edits: z.array(z.string()).optional(),
  tag: z.string().optional().describe("the tag written with the digest"),
  kustomizeOptions: z.array(z.string()).optional().describe("options of kustomize build"),
  charts: z.array(z.string()).optional().describe("the files with the chart's version and digest"),
  commit: z.string(),
})
export const BumpRecord = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("bumped"),
    ...BumpPlace.shape,
    diff: z.string(),
    tries: z.number(),
    checks: CheckRecord.optional(),
    rendered: RenderedRecord.optional().describe("the rendered manifests in the same push"),
  }),
  z.object({
    status: z.literal("requested"),
    ...BumpPlace.shape,
    diff: z.string(),
    checks: CheckRecord.optional(),
    request: z.object({
      url: z.string().describe("the pull or merge request that proposes the commit"),
      branch: z.string().describe("the source branch of the request"),
      merge: z.enum(["manual", "waiting", "merged"]).describe("waiting: the forge merges it when its checks pass"),
    }),
  }),
  z.object({ status: z.enum(["unchanged", "superseded"]), ...BumpPlace.shape }),
  z.object({ status: z.literal("skipped") }),
  z.object({ status: z.literal("pending").describe("left to a run of ship without --prepare") }),
])

/** The preview of a pull or merge request, or why its job only rehearsed. */
export const PreviewRecord = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("shipped"),
    number: z.number().describe("the request's number"),
    tag: z.string(),
    url: z.string().optional().describe("address of the preview"),
    superseded: z
      .string()
      .optional()
      .describe("why overlay and comment were left alone: the request was closed, or has a newer commit"),
    comment: z
      .discriminatedUnion("status", [
        z.object({ status: z.enum(["created", "updated"]), url: z.string().optional() }),
        z.object({ status: z.literal("failed"), message: z.string() }),
      ])
      .optional(),
  }),
  z.object({ status: z.literal("rehearsed"), reason: z.string() }),
])

/** What the cluster reported after the bump; skipped if the bump was not deployed. */
export const SyncRecord = z.object({
  status: z
    .enum(["live", "failed", "blocked", "late", "skipped"])
    .describe("blocked: the cluster did not tell, such as for an expired token; late: not live within the time limit"),
  resources: z.array(
    z.object({
      name: z.string(),
      state: z.enum(["live", "waiting", "failed", "blocked"]),
      text: z.string().describe("its reason"),
    }),
  ),
  seconds: z.number().describe("length of the wait"),
  commitToLive: z.number().optional().describe("seconds from the source commit until the cluster ran the release"),
  rollback: z
    .object({ ref: z.string(), commit: z.string(), request: z.string().optional().describe("its pull request") })
    .optional()
    .describe("the image that was restored, and the commit in the GitOps repository"),
})

/** One stage of the run; concurrent stages overlap in time. */
export const StageRecord = z.object({
  name: z.string(),
  startedAt: Time,
  seconds: z.number(),
  status: z.enum(["done", "failed", "stopped"]).describe("stopped: another stage failed before this one ended"),
})

/** Why a run ended early: the stage that failed first, with its error. */
export const FailureRecord = z.object({
  stage: z.string(),
  code: z.string().optional(),
  message: z.string(),
  checks: CheckRecord.optional().describe("all that the checks of the manifests found, if they refused the bump"),
})

/** Everything that is known about one run; all reports are derived from it. */
export const ReleaseRecord = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  mode: z.enum(["rehearsal", "delivery"]),
  ci: CiRecord.optional(),
  failure: FailureRecord.optional(),
  inputs: z
    .string()
    .optional()
    .describe("digest of everything that decides the result of tests, build and scan; equal for equal releases"),
  content: z
    .string()
    .optional()
    .describe("digest of a service's files and options, independent of the commit; equal if the service is unchanged"),
  adopted: z.boolean().optional().describe("the image is from an earlier run of this commit, and was not built again"),
  refresh: RefreshRecord.optional().describe("the base images that moved since the former release of this commit"),
  source: SourceRecord.optional(),
  tests: TestRecord.optional(),
  image: ImageRecord.optional(),
  scan: ScanRecord.optional(),
  smoke: SmokeRecord.optional().describe("how the image started, before it was pushed"),
  published: z.string().optional().describe("the reference by digest in the registry"),
  signature: SignatureRecord.optional(),
  attestations: z.array(AttestationRecord).optional(),
  tags: z.array(TagRecord).optional(),
  unearned: z.array(UnearnedTagRecord).optional(),
  chart: ChartRecord.optional(),
  bump: BumpRecord.optional(),
  preview: PreviewRecord.optional(),
  sync: SyncRecord.optional(),
  replicas: z.array(ReplicaRecord).optional(),
  cache: CacheRecord.optional().describe("caches of tests and build that were carried from and to other engines"),
  deployment: DeploymentRecord.optional(),
  notification: NotificationRecord.optional(),
  audit: AuditRecord.optional(),
  stages: z.array(StageRecord),
  tools: z.record(z.string(), z.string()).describe("image of each tool"),
})

export type SourceRecord = z.infer<typeof SourceRecord>
export type TestRecord = z.infer<typeof TestRecord>
export type PlatformRecord = z.infer<typeof PlatformRecord>
export type ImageRecord = z.infer<typeof ImageRecord>
export type SmokeRecord = z.infer<typeof SmokeRecord>
export type SignatureRecord = z.infer<typeof SignatureRecord>
export type AttestationRecord = z.infer<typeof AttestationRecord>
export type UnearnedTagRecord = z.infer<typeof UnearnedTagRecord>
export type TagRecord = z.infer<typeof TagRecord>
export type ChartRecord = z.infer<typeof ChartRecord>
export type ReplicaRecord = z.infer<typeof ReplicaRecord>
export type BumpRecord = z.infer<typeof BumpRecord>
export type PreviewRecord = z.infer<typeof PreviewRecord>
export type SyncRecord = z.infer<typeof SyncRecord>
export type StageRecord = z.infer<typeof StageRecord>
export type FailureRecord = z.infer<typeof FailureRecord>
export type ReleaseRecord = z.infer<typeof ReleaseRecord>
