import type { File } from "@dagger.io/dagger"
import type { Severity } from "../../src/enums.ts"
import { assess } from "./assess.ts"
import { parseExceptionFile } from "./exception-file.ts"
import { PKG_TYPES, SCANNERS } from "./gate.ts"
import { renderAssessment, requirePass } from "./outcome.ts"
import { readSarif } from "./sarif-input.ts"

export type SarifGate = { threshold: Severity; ignoreUnfixed: boolean; exceptions?: File }

/** The same gate over what another scanner found: its report in, the verdict out. */
export async function gateSarif(sarif: File, { threshold, ignoreUnfixed, exceptions }: SarifGate): Promise<string> {
  const [text, excepted] = await Promise.all([sarif.contents(), exceptions?.contents()])
  const { scanner, scan } = readSarif(text)
  const rules = {
    threshold,
    ignoreUnfixed,
    failOnEndOfLife: false,
    maxDbAge: 0,
    pkgTypes: PKG_TYPES,
    scanners: SCANNERS,
  }
  const known = excepted === undefined ? [] : parseExceptionFile(excepted)
  return renderAssessment(requirePass(assess([scan], { scanner, rules, exceptions: known, now: new Date() })))
}
