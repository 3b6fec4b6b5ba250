import { Scanner } from "../../../src/enums.ts"
import { type CheckReport, checkLines } from "../../gitops/checks/violations.ts"
import { type PlannedProposal, proposalLine } from "../../gitops/outcome.ts"
import { type TagState, unearnedText } from "../../publish/tag-state.ts"
import type { PlannedTag, UnearnedTag } from "../../publish/tags.ts"
import { predicateLabel } from "../../sign/verification.ts"
import type { SyncOptions } from "../context.ts"
import type { ImageRecord, ReleaseRecord, SourceRecord } from "../record/record.ts"
import { block, line, platformLine, sourceLines } from "./release-text.ts"

export type PlannedBump = {
  repo: string
  branch: string
  path: string
  diff: string
  proposal?: PlannedProposal
  checks?: CheckReport
}

/** What a run would do; without tests, it would run none. */
export type ReleasePlan = {
  mode: ReleaseRecord["mode"]
  source: SourceRecord
  tests: { name: string; image: string; commands: string[] }[]
  image: ImageRecord
  scanner: Scanner
  /** What fails a finding, in words. */
  gate: string
  /** The deployed image whose findings do not fail, or why there is none; undefined if every finding may fail. */
  baseline?: { ref: string } | { reason: string }
  /** Predicate types that the caller attests of the index. */
  attestations: string[]
  /** How each platform's image would be started. */
  smoke: string[]
  signer: string
  tags: (PlannedTag & Pick<TagState, "newer" | "foreign">)[]
  unearned?: UnearnedTag[]
  chart?: { name: string; version: string; published: string }
  bump?: PlannedBump
  /** What a delivery waits for after the bump. */
  sync?: SyncOptions
  /** The repositories that get a copy. */
  replicas?: string[]
}

const SCANNERS = {
  [Scanner.TRIVY]: { name: "Trivy", writes: "SPDX SBOM, CycloneDX SBOM, vulnerability report" },
  [Scanner.GRYPE]: { name: "Grype", writes: "CycloneDX SBOM, vulnerability report" },
}

/** The plan as text, in the order of the stages. */
export function renderPlan({
  mode,
  source,
  tests,
  image,
  scanner,
  gate,
  baseline,
  attestations,
  smoke,
  signer,
  tags,
  unearned = [],
  chart,
  bump,
  sync,
  replicas = [],
}: ReleasePlan): string {
  const { repository, digest, platforms, warnings } = image
  return [
    `PLAN of a ${mode}: the image was built to know its digest; nothing was published, signed, tagged or pushed.`,
    "",
    ...block("source", sourceLines(source)),
    ...block("test", tests.length ? tests.map(testLine) : ["not tested"]),
    line("publish", `${repository}@${digest}`),
    ...platforms.map((platform) => line("", platformLine(platform))),
    ...warnings.map((warning) => line("warning", warning)),
    line(
      "scan",
      `each platform with ${SCANNERS[scanner].name}; a ${baseline ? "new " : ""}finding ${gate} fails the run before anything is published`,
    ),
    ...(baseline ? [line("", baselineText(baseline))] : []),
    ...block("smoke", smoke),
    line("sign", `${digest} by ${signer}`),
    ...block("attest", [
      `${["SLSA provenance", "release evidence", ...attestations.map(predicateLabel)].join(", ")} of ${digest}`,
      ...platforms.map((platform) => `${SCANNERS[scanner].writes} of ${platform.digest}`),
    ]),
    ...block("tags", [tags.map(tagText).join(", ") || "none", ...unearned.map(unearnedText)]),
    ...(chart
      ? [line("chart", `${chart.name} ${chart.version} at ${chart.published}, signed, with SLSA provenance`)]
      : []),
    ...block("gitops", bumpLines(bump)),
    ...(sync ? [line("cluster", syncLine(sync))] : []),
    ...block(
      "replicas",
      replicas.map((name) => `${name}@${digest}, with signatures, attestations and the same tags`),
    ),
    "",
  ].join("\n")
}

function baselineText(baseline: NonNullable<ReleasePlan["baseline"]>): string {
  if ("ref" in baseline) return `new: not in the signed vulnerability report of ${baseline.ref}`
  return `every finding counts as new: ${baseline.reason}`
}

function testLine({ name, image, commands }: ReleasePlan["tests"][number]): string {
  return `${name}: ${commands.join("; ") || "as in the Dockerfile"} (${image})`
}

function tagText({ name, floating, newer, foreign }: ReleasePlan["tags"][number]): string {
  if (floating && newer) return `${name} (stays at the newer ${newer})`
  if (floating && foreign) return `${name} (moves from an image of another repository, ${foreign})`
  return floating ? `${name} (may move)` : name
}

function syncLine({ resources, timeout, rollbackOnFailure }: SyncOptions): string {
  const failure = rollbackOnFailure ? "; rolls the bump back if one fails" : ""
  return `waits up to ${timeout} s for ${resources.join(", ")}${failure}`
}

function bumpLines(bump?: PlannedBump): string[] {
  if (!bump) return ["no bump: gitops.repo is not set"]
  const { path, branch, repo, diff, proposal, checks } = bump
  const place = `${path} on ${branch} of ${repo}`
  if (!diff.trimEnd()) return [place, "no change: the digest is already there"]
  const checked = checks ? checkLines(checks) : []
  return [place, ...(proposal ? [proposalLine(proposal)] : []), ...checked, ...diff.trimEnd().split("\n")]
}
