import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { type Directory, dag } from "@dagger.io/dagger"

/** Three real advisories, a known exploit and two scores, written by the program in the fixture's folder. */
export function grypeDatabase(): Directory {
  const fixture = (name: string) => readFileSync(new URL(`../fixtures/grype/db/${name}`, import.meta.url))
  const folder = mkdtempSync(join(tmpdir(), "slipway-grype-"))
  mkdirSync(join(folder, "6"))
  writeFileSync(join(folder, "6/vulnerability.db"), gunzipSync(fixture("vulnerability.db.gz")))
  writeFileSync(join(folder, "6/import.json"), fixture("import.json"))
  return dag.host().directory(folder)
}
