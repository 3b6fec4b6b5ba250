import { SlipwayError } from "../error.ts"
import type { ShipFlags } from "./flags.ts"

/** What holds for a single image alone is a key of the service's own. */
const KEYS: Record<string, string> = {
  "--dockerfile": "build.dockerfile",
  "--context": "build.context",
  "--target": "build.target",
  "--gitops-image": "gitops.image",
  "--gitops-edits": "gitops.edits",
  "--test-commands": "test.commands",
}

/** A step's advice with the keys of the service that it is about, where ship takes no argument for several. */
export function servicesWords(text: string, name: string): string {
  return text.replace(/(?<![\w-])--[a-z]+(?:-[a-z]+)*/g, (flag) => {
    const key = KEYS[flag]
    return key ? `services.${name}.${key}` : flag
  })
}

/** A caller's arguments for one of several services. What can only be about a single image is refused. */
export function serviceFlags(flags: ShipFlags, name: string): ShipFlags {
  const single = {
    "--image": flags.image,
    "--dockerfile": flags.dockerfile,
    "--context": flags.context,
    "--target": flags.target,
    "--gitops-image": flags.gitopsImage,
    "--gitops-edits": flags.gitopsEdits.length > 0,
    "--test-commands": flags.testCommands.length > 0,
  }
  const given = Object.entries(single).flatMap(([flag, value]) => (value ? [flag] : []))
  if (given.length > 0) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "arguments that hold for every service in slipway.yaml",
      got: given.join(" and "),
      fix: "Write it under the service that it is for, in slipway.yaml.",
    })
  }
  return { ...flags, ...(flags.address && { address: `${flags.address}/${name}` }) }
}
