import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** All that the tests and what they start write for themselves, whole images among it, lies in one folder that ends with the run. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "slipway-tests-"))
  process.env["TMPDIR"] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
