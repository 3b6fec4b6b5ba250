import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import type { Directory } from "@dagger.io/dagger"
import { Slipway } from "../../src/index.ts"

// test/engine/up writes which images stand in for the official ones; with an engine that has a network it writes none.
const file = new URL("../../.env", import.meta.url)
const env = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}

/** The module as `dagger call` would construct it here. */
export function slipway(vulnerabilityDb?: Directory): Slipway {
  return new Slipway(
    env["TRIVYIMAGE"],
    env["COSIGNIMAGE"],
    env["CRANEIMAGE"],
    env["KUSTOMIZEIMAGE"],
    env["REGISTRYIMAGE"],
    vulnerabilityDb,
    env["NODEIMAGE"],
  )
}

/** The image that stands in for one tool here; undefined where the official one is to be had. */
export function toolImage(argument: string): string | undefined {
  return env[argument]
}
