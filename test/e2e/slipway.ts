import { existsSync, readFileSync } from "node:fs"
import { parseEnv } from "node:util"
import type { Slipway } from "../../src/index.ts"
import { CONSTRUCTOR_ARGUMENTS, type ConstructorArguments, construct } from "../construct.ts"

// test/engine/up prints replacements for the official images; none for an engine with a network
const file = new URL("../../.env", import.meta.url)
const env = existsSync(file) ? parseEnv(readFileSync(file, "utf8")) : {}

/** The module, with constructor arguments by name. */
export function slipway(args: ConstructorArguments = {}): Slipway {
  const images = CONSTRUCTOR_ARGUMENTS.filter((name) => name.endsWith("Image"))
  return construct({ ...Object.fromEntries(images.map((name) => [name, env[name.toUpperCase()]])), ...args })
}

/** The replacement of a tool's image; undefined if the official one is available. */
export function toolImage(argument: string): string | undefined {
  return env[argument]
}
