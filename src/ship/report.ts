import { type Directory, dag } from "@dagger.io/dagger"
import { reportDirectory } from "../scan/scan-layout.ts"
import type { ReleaseRecord } from "./record.ts"
import { renderPage } from "./release-page.ts"
import { renderRelease } from "./release-text.ts"
import type { Release } from "./ship.ts"
import { renderSummary } from "./summary-markdown.ts"

/** Everything that a person or a system reads of a run, passed or failed; the stages' own files lie in their folders. */
export function releaseReport(release: Release): Directory {
  const { record, tests, scan } = release
  const texts = Object.entries(releaseTexts(release))
  const report = texts.reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
  return report
    .with((folder) => (tests && tests.status !== "skipped" ? folder.withDirectory("tests", tests.report) : folder))
    .with((folder) => (scan ? folder.withDirectory("scan", reportDirectory(scan, nameOf(record))) : folder))
}

/** What a person reads of a run in a terminal. */
export function releaseText({ record, finished = false }: Release): string {
  return renderRelease(record, { finished })
}

function releaseTexts(release: Release): Record<string, string> {
  const { record } = release
  return {
    "release.json": `${JSON.stringify(record, null, 2)}\n`,
    "release.txt": releaseText(release),
    "summary.md": renderSummary(record),
    "release.html": renderPage(record),
  }
}

function nameOf({ image }: ReleaseRecord): string {
  return image?.repository ?? "image"
}
