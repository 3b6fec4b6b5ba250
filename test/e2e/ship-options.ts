import type { Directory } from "@dagger.io/dagger"
import type { ServiceSettings } from "../../lib/config/services.ts"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { GivenImage } from "../../lib/ship/given-image.ts"
import { type DestinationRequest, type ShipFlags, type ShipTools, stageOptions } from "../../lib/ship/options/flags.ts"
import { destinationOptions } from "../../lib/ship/options/options.ts"
import { checkTools, toolImages } from "../../src/api/access.ts"
import type { Slipway } from "../../src/index.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { slipway } from "./slipway.ts"

/** The module's tools, for the options of ship. */
export function shipTools(module: Slipway): ShipTools {
  return {
    images: toolImages(module),
    scan: module["scanTools"](),
    nodeImage: module["nodeImage"],
    checkers: checkTools(module),
  }
}

/** A caller's arguments for the stages. */
export type ShipCall = { flags?: Partial<ShipFlags>; settings?: ServiceSettings }

/** `ship` with this environment's tools; by default one platform and no tests. */
export async function shipHere(
  destination: Partial<DestinationRequest>,
  database: Directory,
  { flags, settings = { test: false } }: ShipCall = {},
): Promise<ShipOptions> {
  const module = slipway({ vulnerabilityDb: database })
  const request = { tags: [], gitopsBranch: "main", registry: {}, git: {}, ...destination }
  return {
    ...stageOptions({ ...NO_FLAGS, platforms: ["linux/amd64"], ...flags }, settings, shipTools(module)),
    ...(await destinationOptions(request)),
  }
}

/** The flags for an existing image. */
export function givenFlags({ layout, provenance, commit }: Partial<GivenImage> = {}): Partial<ShipFlags> {
  return { layout, provenance, provenanceCommit: commit }
}
