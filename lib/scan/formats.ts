import type { Assessment } from "./assess.ts"
import { renderGitlab } from "./gitlab-report.ts"
import { imagePurl, renderOpenVex } from "./openvex.ts"
import { renderAssessment } from "./outcome.ts"
import { renderSarif } from "./sarif-report.ts"

export type Naming = { name: string; now: Date }

/** Every format over all platforms, by file name. Formats of one platform are the scanner's own. */
export function renderFormats(assessment: Assessment, { name, now }: Naming): Record<string, string> {
  return {
    "findings.txt": renderAssessment(assessment, Number.POSITIVE_INFINITY),
    "findings.json": `${JSON.stringify(assessment, null, 2)}\n`,
    "findings.sarif": renderSarif(assessment, name),
    "gl-container-scanning-report.json": renderGitlab(assessment, { name, now }),
    "exceptions.openvex.json": exceptionsVex(assessment, { name, now }),
  }
}

/** What was excepted, as a VEX document about the image's platforms. */
export function exceptionsVex({ exceptions, platforms }: Assessment, { name, now }: Naming): string {
  const products = platforms.map(({ digest }) => imagePurl(name, digest))
  const id = `urn:slipway:openvex:${platforms[0]?.digest.slice(7, 19)}:${now.getTime()}`
  return renderOpenVex({ applied: exceptions.applied, products, id, now })
}
