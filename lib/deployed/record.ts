import { z } from "zod"
import { NotificationRecord } from "../notify/notification.ts"
import type { Exception } from "../scan/exception.ts"
import { exceptionWarnings } from "../scan/exception.ts"
import type { MergedFinding } from "../scan/finding.ts"
import { failureReason, gateText } from "../scan/gate/failure-reason.ts"
import { suppressionText } from "../scan/outcome.ts"
import type { Environment } from "./inventory.ts"
import type { DeployedOutcome, ImageOutcome } from "./scan-deployed.ts"
import { fixOf, isOk, summariseExceptions } from "./verdict.ts"

/** Times are UTC. */
const Time = z.iso.datetime()

const EnvironmentRecord = z.object({
  repo: z.string().describe("address of the GitOps repository"),
  branch: z.string(),
  path: z.string().describe("file that names the image"),
  since: z
    .object({
      commit: z.string(),
      time: Time,
      author: z.string(),
      kind: z.enum(["bump", "promotion", "rollback", "preview"]).optional().describe("how Slipway wrote it"),
      source: z.object({ repository: z.string().optional(), revision: z.string().optional() }).optional(),
    })
    .optional()
    .describe("last commit that changed the value"),
})

const Where = { id: z.string(), severity: z.string(), package: z.string(), installed: z.string() }

const FindingRecord = z.object({
  ...Where,
  kind: z.string().describe("vulnerability, secret, misconfiguration or license"),
  fixed: z.string().describe("versions without the finding; empty if there are none"),
  platforms: z.array(z.string()),
  state: z.enum(["new", "unchanged"]).describe("unchanged: the signed report of this digest has it too"),
  failing: z.boolean().describe("whether it fails the gate, by the rule of failOn"),
  reason: z.string().optional().describe("why the gate counts it: its severity, an exploit, its EPSS or its licence"),
  fix: z
    .object({ kind: z.enum(["package", "base", "image", "none"]), text: z.string() })
    .describe("what removes it; base: a package of the distribution, which a newer base image may bring"),
})

const FixedRecord = z.object({ ...Where, platforms: z.array(z.string()) })

const Count = z.number().int()

const DeployedImageRecord = z.object({
  ref: z.string().describe("image by digest; by tag if that could not be resolved"),
  alsoAs: z.array(z.string()).optional().describe("further repositories with the same digest"),
  tags: z
    .array(z.string())
    .optional()
    .describe("tags without a digest that were resolved now; a cluster may run another digest"),
  environments: z.array(EnvironmentRecord),
  verdict: z.enum(["passed", "failed", "notScanned"]),
  failure: z.object({ code: z.string().optional(), message: z.string() }).optional().describe("why it was not scanned"),
  platforms: z.array(
    z.object({
      platform: z.string(),
      digest: z.string(),
      distribution: z.string(),
      findings: z.record(z.string(), Count).describe("number of findings by severity"),
    }),
  ),
  unscanned: z.array(z.string()).optional().describe("platforms that no scanner reads, such as windows/amd64"),
  reports: z
    .array(z.object({ platform: z.string(), scanner: z.string(), scannedAt: z.iso.datetime({ offset: true }) }))
    .describe("signed reports that the scan is compared with"),
  unknown: z.array(z.string()).describe("why findings count as new without a comparison"),
  counts: z.object({ new: Count, unchanged: Count, fixed: Count, failing: Count }),
  findings: z.array(FindingRecord).describe("new ones first, 200 at most; findings.sarif has all"),
  fixed: z.array(FixedRecord).describe("findings of the signed report that today's scan does not have, 200 at most"),
  excepted: z.array(z.string()),
  warnings: z.array(z.string()),
})

const ExceptionRecord = z.object({
  id: z.string(),
  package: z.string().optional(),
  owner: z.string(),
  reason: z.string(),
  expires: z.string().describe("day in UTC on which it no longer counts"),
})

/** The record of one scan of everything that is deployed. */
export const DeployedRecord = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  failOn: z.enum(["new", "any", "none"]),
  gate: z.string().describe("what fails a finding, in words"),
  startedAt: Time,
  seconds: z.number(),
  scanner: z.object({
    name: z.string(),
    version: z.string(),
    database: z.object({ updatedAt: Time, age: z.number().describe("in hours") }).optional(),
    givenLists: z.array(z.string()).optional(),
  }),
  images: z.array(DeployedImageRecord),
  exceptions: z.object({
    ending: z
      .array(ExceptionRecord.extend({ days: Count, images: z.array(z.string()) }))
      .describe("those that end within 14 days, with the images whose findings they cover"),
    expired: z.array(ExceptionRecord),
    unused: z.array(ExceptionRecord).describe("those that match no finding of any image"),
  }),
  unnamed: z
    .array(EnvironmentRecord.extend({ digest: z.string() }))
    .describe("digests of Helm charts, and those that no file gives a repository for; they are not scanned"),
  notification: NotificationRecord.optional().describe("what came of telling the webhook of notify"),
})
export type DeployedRecord = z.infer<typeof DeployedRecord>
export type DeployedImageRecord = z.infer<typeof DeployedImageRecord>
export type EnvironmentRecord = z.infer<typeof EnvironmentRecord>

/** Longest list of findings; SARIF has all of them. */
const LONGEST = 200

/** The record of a run, from which every text is derived. Images that fail come first. */
export function recordOf(outcome: DeployedOutcome): DeployedRecord {
  const { startedAt, seconds, failOn, open, images, unnamed, notification } = outcome
  const { name, version, database, givenLists } = open.facts
  const scans = images.flatMap((image) =>
    image.status === "scanned" ? [{ ref: image.ref, exceptions: image.scan.exceptions }] : [],
  )
  const { ending, expired, unused } = summariseExceptions(open.exceptions, scans, startedAt)
  return {
    version: 1,
    ok: isOk(images, failOn),
    failOn: FAIL_ON[failOn],
    gate: gateText(open.rules),
    startedAt: startedAt.toISOString(),
    seconds,
    scanner: { name, version, ...(database && { database }), ...(givenLists?.length && { givenLists }) },
    images: images.map(imageRecord).sort((a, b) => rank(a) - rank(b) || a.ref.localeCompare(b.ref)),
    exceptions: {
      ending: ending.map((one) => ({ ...exceptionRecord(one.exception), days: one.days, images: one.images })),
      expired: expired.map(exceptionRecord),
      unused: unused.map(exceptionRecord),
    },
    unnamed: unnamed.map(({ digest, ...environment }) => ({ ...environmentRecord(environment), digest })),
    ...(notification && { notification }),
  }
}

const FAIL_ON = { NEW: "new", ANY: "any", NONE: "none" } as const
const ORDER = { notScanned: 0, failed: 1, passed: 2 }

function rank({ verdict, counts }: DeployedImageRecord): number {
  return ORDER[verdict] + (counts.new > 0 ? 0 : 0.5)
}

function imageRecord(image: ImageOutcome): DeployedImageRecord {
  const [, ...alsoAs] = image.refs
  const common = {
    ref: image.ref,
    ...(alsoAs.length && { alsoAs }),
    ...(image.tags.length && { tags: image.tags }),
    environments: image.environments.map(environmentRecord),
  }
  if (image.status === "failed") {
    const none = { platforms: [], reports: [], unknown: [], findings: [], fixed: [], excepted: [], warnings: [] }
    const counts = { new: 0, unchanged: 0, fixed: 0, failing: 0 }
    return { ...common, verdict: "notScanned", failure: image.failure, ...none, counts }
  }
  const { scan, unscanned } = image
  const { comparison, findings, failing, platforms, suppressed } = scan
  const unchanged = new Set(comparison?.unchanged)
  const sorted = [...findings].sort((a, b) => Number(unchanged.has(a)) - Number(unchanged.has(b)))
  const fixed = comparison?.fixed ?? []
  const kept = findings.filter((finding) => unchanged.has(finding)).length
  return {
    ...common,
    verdict: scan.verdict,
    platforms: platforms.map(({ platform, digest, distribution, findings: counted }) => {
      return { platform, digest, distribution, findings: counted }
    }),
    ...(unscanned.length && { unscanned }),
    reports: comparison?.reports ?? [],
    unknown: comparison?.unknown ?? [],
    counts: { new: findings.length - kept, unchanged: kept, fixed: fixed.length, failing: failing.length },
    findings: sorted.slice(0, LONGEST).map((finding) => findingRecord(finding, { unchanged, scan })),
    fixed: fixed.slice(0, LONGEST).map(({ id, severity, package: name, installed, platforms: on }) => {
      return { id, severity, package: name, installed, platforms: on }
    }),
    excepted: suppressed.map(suppressionText),
    warnings: ownWarnings(scan),
  }
}

type Scanned = Extract<ImageOutcome, { status: "scanned" }>["scan"]

function findingRecord(
  finding: MergedFinding,
  { unchanged, scan }: { unchanged: Set<MergedFinding>; scan: Scanned },
): DeployedImageRecord["findings"][number] {
  const { id, severity, package: name, installed, fixed, platforms, kind } = finding
  const reason = failureReason(finding, scan.rules)
  return {
    ...{ id, severity, package: name, installed, kind, fixed, platforms },
    state: unchanged.has(finding) ? "unchanged" : "new",
    failing: scan.failing.includes(finding),
    ...(reason && { reason }),
    fix: fixOf(finding),
  }
}

/** Without those about exceptions, which are summarised over all images, and about the comparison, which `unknown` has. */
function ownWarnings({ warnings, exceptions, comparison }: Scanned): string[] {
  const unknown = (comparison?.unknown ?? []).map((reason) => `findings count as new: ${reason}`)
  const others = new Set([...exceptionWarnings(exceptions), ...unknown])
  return warnings.filter((warning) => !others.has(warning))
}

function exceptionRecord({ id, package: name, owner, reason, expires }: Exception): z.infer<typeof ExceptionRecord> {
  return { id, ...(name && { package: name }), owner, reason, expires }
}

function environmentRecord({ repo, branch, path, since }: Environment): EnvironmentRecord {
  return { repo, branch, path, ...(since && { since }) }
}
