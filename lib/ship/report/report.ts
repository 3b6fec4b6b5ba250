import { type Directory, dag } from "@dagger.io/dagger"
import { renderServicesSarif } from "../../scan/sarif-report.ts"
import { reportDirectory } from "../../scan/scan-layout.ts"
import type { ReleaseRecord } from "../record/record.ts"
import { releaseFields, servicesRecord } from "../record/services-record.ts"
import type { ServicesRelease } from "../services.ts"
import type { Release } from "../ship.ts"
import { renderPage } from "./release-page.ts"
import { renderRelease } from "./release-text.ts"
import { renderServices, renderServicesPage, renderServicesSummary, serviceFolder } from "./services.ts"
import { renderSummary } from "./summary-markdown.ts"

/** What a person reads of a run in a terminal. */
export function renderRunText(shipped: Release | ServicesRelease): string {
  return "services" in shipped ? renderServices(servicesRecord(shipped.services)) : releaseText(shipped)
}

/** The run as one object, for people, programs and CI systems. */
export function releaseObject(shipped: Release | ServicesRelease) {
  const record = "services" in shipped ? servicesRecord(shipped.services) : shipped.record
  const reports = runReports(shipped)
  return { ...releaseFields(record), text: renderRunText(shipped), record: reports.file("release.json"), reports }
}

/** Everything that a person or a system reads of a run, passed or failed; several services have a folder each. */
export function runReports(shipped: Release | ServicesRelease): Directory {
  if (!("services" in shipped)) return releaseReport(shipped)
  const record = servicesRecord(shipped.services)
  const report = withTexts({
    "release.json": json(record),
    "release.txt": renderServices(record),
    "summary.md": renderServicesSummary(record),
    "release.html": renderServicesPage(record),
  })
  const services = [...shipped.services].flatMap(([service, { release }]) => (release ? [{ service, release }] : []))
  return services
    .reduce(
      (folder, { service, release }) => folder.withDirectory(serviceFolder(service), releaseReport(release)),
      report,
    )
    .with((folder) => withFindings(folder, services))
}

/** Where the findings of a single image lie, so that the same line of a workflow uploads those of all services. */
function withFindings(folder: Directory, services: { service: string; release: Release }[]): Directory {
  const scanned = services.flatMap(({ service, release: { scan, record } }) =>
    scan ? [{ service, name: nameOf(record), assessment: scan }] : [],
  )
  return scanned.length ? folder.withNewFile("scan/findings.sarif", renderServicesSarif(scanned)) : folder
}

/** The stages' own files lie in their folders. */
function releaseReport(release: Release): Directory {
  const { record, tests, scan } = release
  const report = withTexts({
    "release.json": json(record),
    "release.txt": releaseText(release),
    "summary.md": renderSummary(record),
    "release.html": renderPage(record),
  })
  return report
    .with((folder) => (tests && tests.status !== "skipped" ? folder.withDirectory("tests", tests.report) : folder))
    .with((folder) => (scan ? folder.withDirectory("scan", reportDirectory(scan, nameOf(record))) : folder))
}

function releaseText({ record, finished = false }: Release): string {
  return renderRelease(record, { finished })
}

function withTexts(texts: Record<string, string>): Directory {
  return Object.entries(texts).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

function json(record: object): string {
  return `${JSON.stringify(record, null, 2)}\n`
}

function nameOf({ image }: ReleaseRecord): string {
  return image?.repository ?? "image"
}
