import { type Directory, dag } from "@dagger.io/dagger"
import { renderServicesSarif } from "../../scan/sarif-report.ts"
import { reportDirectory } from "../../scan/scan-layout.ts"
import { smokeLogs } from "../../smoke/smoke.ts"
import type { ReleaseRecord } from "../record/record.ts"
import { releaseFields, servicesRecord } from "../record/services-record.ts"
import type { ServicesRelease } from "../services.ts"
import type { Release } from "../ship.ts"
import { renderPage } from "./release-page.ts"
import { renderRelease } from "./release-text.ts"
import { renderServices, renderServicesPage, renderServicesSummary, serviceFolder } from "./services.ts"
import { renderSummary } from "./summary-markdown.ts"

/** The text of a run, for a terminal. */
export function renderRunText(shipped: Release | ServicesRelease): string {
  return "services" in shipped
    ? renderServices(servicesRecord(shipped.services, shipped.notification))
    : releaseText(shipped)
}

/** The run as one object, for people, programs and CI systems. */
export function releaseObject(shipped: Release | ServicesRelease) {
  const record = "services" in shipped ? servicesRecord(shipped.services, shipped.notification) : shipped.record
  const reports = runReports(shipped)
  const { caches: cache = dag.directory() } = shipped
  const files = dag.directory().withDirectory("reports", reports).withDirectory("cache", cache)
  const text = renderRunText(shipped)
  return { ...releaseFields(record), text, record: reports.file("release.json"), reports, cache, files }
}

/** All reports of a run, passed or failed; each of several services has a folder. */
export function runReports(shipped: Release | ServicesRelease): Directory {
  if (!("services" in shipped)) return releaseReport(shipped)
  const record = servicesRecord(shipped.services, shipped.notification)
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

/** At the path of a single image's findings, so that a workflow uploads those of all services by the same line. */
function withFindings(folder: Directory, services: { service: string; release: Release }[]): Directory {
  const scanned = services.flatMap(({ service, release: { scan, record } }) =>
    scan ? [{ service, name: nameOf(record), assessment: scan }] : [],
  )
  return scanned.length ? folder.withNewFile("scan/findings.sarif", renderServicesSarif(scanned)) : folder
}

/** The reports of one image, with each stage's files in a folder. */
function releaseReport(release: Release): Directory {
  const { record, tests, scan, smoke } = release
  const report = withTexts({
    "release.json": json(record),
    "release.txt": releaseText(release),
    "summary.md": renderSummary(record),
    "release.html": renderPage(record),
  })
  return report
    .with((folder) => (tests && tests.status !== "skipped" ? folder.withDirectory("tests", tests.report) : folder))
    .with((folder) => (smoke && smoke.status !== "skipped" ? folder.withDirectory("smoke", smokeLogs(smoke)) : folder))
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
