import { spawnSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"

import { findOnPath, isAtLeast } from "./found.mjs"
import { versions } from "./versions.mjs"

/** The requirements for building an engine that this machine lacks. */
export function missingToBuild() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : ""
  const lacks = []
  if (!/^ID=debian$/m.test(release) || process.platform !== "linux" || process.arch !== "x64")
    lacks.push("Debian on amd64")
  if (process.getuid?.() !== 0) lacks.push("root")
  if (!isAtLeast(version("go", ["env", "GOVERSION"]), "1.26.0")) lacks.push("Go 1.26 or later")
  if (!isAtLeast(process.version, "20.0.0") || !findOnPath("npm")) lacks.push("Node 20 or later, with npm")
  return lacks
}

/** The message for a machine that has no engine and cannot build one. */
export function howToGetAnEngine(lacks) {
  return (
    `found no Dagger engine. Install Docker and the dagger CLI, ${versions.dagger} or later; or set ` +
    "_EXPERIMENTAL_DAGGER_RUNNER_HOST to a running engine; or, to build one, use Debian on amd64 as root with " +
    `Go 1.26 and Node 20 (missing here: ${lacks.join(", ")}).`
  )
}

function version(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8", timeout: 20_000 })
  return status === 0 && /\d+\.\d+/.test(stdout) ? `${stdout.trim()}.0.0` : undefined
}
