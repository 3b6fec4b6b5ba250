import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import type { Slipway } from "../../src/index.ts"
import { CONSTRUCTOR_ARGUMENTS, type ConstructorArguments, construct } from "../construct.ts"

// test/engine/up writes which images stand in for the official ones; with an engine that has a network it writes none.
const file = new URL("../../.env", import.meta.url)
const env = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}

/** The module as `dagger call` would construct it here, with access and databases by name. */
export function slipway(args: ConstructorArguments = {}): Slipway {
  const images = CONSTRUCTOR_ARGUMENTS.filter((name) => name.endsWith("Image"))
  return construct({ ...Object.fromEntries(images.map((name) => [name, env[name.toUpperCase()]])), ...args })
}

/** The image that stands in for one tool here; undefined where the official one is to be had. */
export function toolImage(argument: string): string | undefined {
  return env[argument]
}
