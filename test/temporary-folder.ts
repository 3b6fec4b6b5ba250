import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

const PREFIX = "slipway-tests-"

/**
 * All that the tests and what they start write for themselves, whole images among it, lies in one folder that ends with the
 * run. Vitest calls this for each project: a folder in a folder would leave a socket's path, of 107 bytes at most, too long
 * now and then.
 */
export default function setup(): () => void {
  if (basename(tmpdir()).startsWith(PREFIX)) return () => {}
  const folder = mkdtempSync(join(tmpdir(), PREFIX))
  process.env["TMPDIR"] = folder
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
