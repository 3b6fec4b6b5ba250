import { dag } from "@dagger.io/dagger"
import { type ErrorCode, SlipwayError } from "../error.ts"
import { renderGitlabImages, type ScannedImage } from "../scan/formats.ts"
import { renderServicesSarif } from "../scan/sarif-report.ts"
import { renderDeployedSummary } from "./deployed-markdown.ts"
import { renderDeployedPage } from "./deployed-page.ts"
import { renderDeployed } from "./deployed-text.ts"
import { type DeployedRecord, recordOf } from "./record.ts"
import type { DeployedOutcome, ImageOutcome } from "./scan-deployed.ts"

type Scanned = Extract<ImageOutcome, { status: "scanned" }>

/** The run as one object, for people, programs and CI systems. */
export function deployedObject(outcome: DeployedOutcome) {
  const record = recordOf(outcome)
  const reports = Object.entries(deployedReports(outcome, record)).reduce(
    (folder, [path, text]) => folder.withNewFile(path, text),
    dag.directory(),
  )
  return {
    ok: record.ok,
    text: renderDeployed(record),
    record: reports.file("deployed.json"),
    sarif: reports.file("findings.sarif"),
    reports,
  }
}

/** Every report by its file name. */
export function deployedReports(outcome: DeployedOutcome, record: DeployedRecord): Record<string, string> {
  const scanned = outcome.images.filter((image) => image.status === "scanned")
  const images: ScannedImage[] = scanned.map(({ ref, scan }) => ({ name: repositoryOf(ref), assessment: scan }))
  const categories = categoriesOf(scanned)
  return {
    "deployed.json": `${JSON.stringify(record, null, 2)}\n`,
    "deployed.txt": renderDeployed(record),
    "summary.md": renderDeployedSummary(record),
    "deployed.html": renderDeployedPage(record),
    "findings.sarif": renderServicesSarif(
      images.map((image, at) => ({ ...image, service: `deployed/${categories[at]}` })),
    ),
    "gl-container-scanning-report.json": renderGitlabImages(images, outcome.open.facts, outcome.startedAt),
  }
}

function repositoryOf(ref: string): string {
  return ref.slice(0, ref.indexOf("@"))
}

/**
 * A category of code scanning for each image, which stays the same when the image is bumped: the repository, with the place
 * where a repository has several digests, and with the digest where one place has several.
 */
export function categoriesOf(images: Pick<Scanned, "ref" | "environments">[]): string[] {
  const byRepository = images.map(({ ref }) => repositoryOf(ref))
  const byPlace = images.map(({ environments: [first] }, at) => `${byRepository[at]}/${first?.branch}/${first?.path}`)
  const byDigest = images.map(({ ref }, at) => `${byPlace[at]}/${ref.slice(-12)}`)
  const isUnique = (names: string[], at: number) => names.filter((name) => name === names[at]).length === 1
  return images.map((_, at) => [byRepository, byPlace, byDigest].find((names) => isUnique(names, at))?.[at] ?? "")
}

/** The text of a run that is ok; any other run is an error with the same text. */
export function requireOk(outcome: DeployedOutcome): string {
  const record = recordOf(outcome)
  const text = renderDeployed(record)
  if (record.ok) return text
  const failures = record.images.flatMap(({ failure }) => failure ?? [])
  const [first] = failures
  if (first) {
    throw new SlipwayError((first.code as ErrorCode | undefined) ?? "SCANNER_FAILED", {
      expected: "to scan every deployed image",
      got: `${failures.length} of ${record.images.length} that could not be scanned`,
      fix: `Fix the cause below, and run again.\n\n${text}`,
    })
  }
  const failed = record.images.filter(({ verdict }) => verdict === "failed").map(({ ref }) => repositoryOf(ref))
  throw new SlipwayError("GATE_FAILED", {
    expected: `no ${record.failOn === "new" ? "new " : ""}finding ${record.gate} in the deployed images`,
    got: `some in ${[...new Set(failed)].join(", ")}`,
    fix: `Release the images again with what fixes the findings, or except a finding with a reason, an owner and an expiry date.\n\n${text}`,
  })
}
