import { SlipwayError } from "../error.ts"
import type { ShipFlags } from "./flags.ts"

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
