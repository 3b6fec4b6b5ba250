import { type Directory, dag } from "@dagger.io/dagger"
import { reportDirectory } from "../scan/scan-layout.ts"
import type { ReleaseRecord } from "./record.ts"
import { renderPage } from "./release-page.ts"
import { renderRelease } from "./release-text.ts"
import type { Release } from "./ship.ts"
import { renderSummary } from "./summary-markdown.ts"

/** Everything that a person or a system reads of a run, passed or failed; the stages' own files lie in their folders. */
export function releaseReport({ record, tests, scan }: Release): Directory {
  const texts = Object.entries(releaseTexts(record))
  const report = texts.reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
  return report
    .with((folder) => (tests && tests.status !== "skipped" ? folder.withDirectory("tests", tests.report) : folder))
    .with((folder) => (scan ? folder.withDirectory("scan", reportDirectory(scan, nameOf(record))) : folder))
}

function releaseTexts(record: ReleaseRecord): Record<string, string> {
  return {
    "release.json": `${JSON.stringify(record, null, 2)}\n`,
    "release.txt": renderRelease(record),
    "summary.md": renderSummary(record),
    "release.html": renderPage(record),
  }
}

function nameOf({ image }: ReleaseRecord): string {
  return image?.repository ?? "image"
}
