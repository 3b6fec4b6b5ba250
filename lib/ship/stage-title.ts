import type { ReleaseRecord } from "./record.ts"
import { tagsText } from "./release-text.ts"

/** What a stage is doing while it runs, for those who wait for it. */
const DOING: Record<string, string> = {
  resume: "asks the registry what this commit already came to",
  open: "opens registry, key and GitOps repository",
  compare: "compares the service with what is deployed",
  test: "runs the project's own tests",
  build: "builds every platform",
  scan: "scans every platform",
  publish: "pushes by digest",
  sign: "signs the image index",
  attest: "attests provenance, SBOMs and vulnerabilities",
  verify: "asks the registry for all that was signed",
  tag: "writes the tags",
  gitops: "commits the digest to the GitOps repository",
  record: "attests the record of this run",
}

/** Of several services each stage names its own. */
export function beginTitle(stage: string, service?: string): string {
  return `${stageName(stage, service)} ${DOING[stage] ?? "is under way"} …`
}

/** What the stage found, from the record as it then stands. */
export function endTitle(stage: string, record: ReleaseRecord, service?: string): string {
  const found = FOUND[stage]?.(record)
  return `${stageName(stage, service)} ${found ?? "done"}`
}

function stageName(stage: string, service?: string): string {
  return `${service ? `${service} ` : ""}${stage}:`
}

const FOUND: Record<string, (record: ReleaseRecord) => string | undefined> = {
  resume: ({ inputs }) => (inputs ? "asked by this commit and its inputs" : "nothing to go by: no clean commit"),
  open: ({ mode }) => (mode === "rehearsal" ? "a throw-away registry, key and repository" : undefined),
  test: ({ tests }) => tests && testsText(tests),
  build: ({ image }) => image && `${image.digest} for ${image.platforms.map(({ platform }) => platform).join(", ")}`,
  scan: ({ scan }) => scan && scanText(scan),
  publish: ({ published }) => published,
  sign: ({ signature }) => signature && `by ${signature.signer}`,
  attest: ({ attestations }) => attestations && `${attestations.length} statements`,
  verify: ({ signature }) => signature?.checks.join("; "),
  tag: ({ tags }) => tags && tagsText(tags),
  gitops: ({ bump }) => bump && ("commit" in bump ? `${bump.status} by ${bump.commit}` : bump.status),
}

function testsText(tests: NonNullable<ReleaseRecord["tests"]>): string {
  if (tests.status === "skipped") return "skipped"
  return tests.runners
    .map(({ name, tests: count, status }) => `${name} ${count ?? ""} ${status}`)
    .join(", ")
    .replace(/ {2,}/g, " ")
}

function scanText({ verdict, threshold, findings }: NonNullable<ReleaseRecord["scan"]>): string {
  const failing = findings.filter((finding) => finding.failing).length
  return `${verdict}, ${failing} of ${findings.length} findings at or above ${threshold}`
}
