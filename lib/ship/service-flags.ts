import { SlipwayError } from "../error.ts"
import type { ShipFlags } from "./flags.ts"

/** Settings that hold for a single image alone. */
const KEYS = "build.dockerfile build.context build.target gitops.image gitops.edits test.commands".split(" ")
const KEY = new RegExp(`(?<![\\w.-])(?:${KEYS.join("|").replaceAll(".", "\\.")})(?![\\w-])`, "g")

/** A step's advice with the keys of the service that it is about. */
export function servicesWords(text: string, name: string): string {
  return text.replace(KEY, (key) => `services.${name}.${key}`)
}

/** A caller's arguments for one of several services. What can only be about a single image is refused. */
export function serviceFlags(flags: ShipFlags, name: string): ShipFlags {
  if (flags.layout) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "arguments that hold for every service in slipway.yaml",
      got: "--layout",
      fix: "Leave it out; ship builds each of them.",
    })
  }
  return { ...flags, ...(flags.repository && { repository: `${flags.repository}/${name}` }) }
}
