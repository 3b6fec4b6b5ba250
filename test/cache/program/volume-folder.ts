import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export function emptyFolder(): string {
  return fs.mkdtempSync(join(tmpdir(), "slipway-volume-"))
}

/** A volume with what caches have: read-only files and folders, long and binary names, links, and an empty folder. */
export function sampleVolume(): string {
  const root = emptyFolder()
  fs.mkdirSync(join(root, "mod/example.test@v1.0.0"), { recursive: true })
  fs.writeFileSync(join(root, "mod/example.test@v1.0.0/go.mod"), "module example.test\n", { mode: 0o444 })
  fs.writeFileSync(join(root, "mod/program"), Buffer.alloc(3_000_000, 7), { mode: 0o755 })
  fs.writeFileSync(join(root, "long-".repeat(40)), "x")
  fs.writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xe9])]), "binary name")
  fs.symlinkSync("example.test@v1.0.0/go.mod", join(root, "mod/link"))
  fs.mkdirSync(join(root, "empty"))
  fs.utimesSync(join(root, "mod/program"), 1_700_000_000.25, 1_700_000_000.25)
  fs.chmodSync(join(root, "mod/example.test@v1.0.0"), 0o555)
  return root
}
