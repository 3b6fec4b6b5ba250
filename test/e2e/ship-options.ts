import type { Directory } from "@dagger.io/dagger"
import type { ShipOptions } from "../../lib/ship/context.ts"
import type { DestinationArgs, ShipArgs } from "../../lib/ship/flags.ts"
import { shipOptions } from "../../lib/ship/options.ts"
import { mergeScan } from "../../lib/ship/stage-options.ts"
import { slipway } from "./slipway.ts"

type Destination = Partial<DestinationArgs>

/** `ship` with this environment's tools: one platform, untested, unless a test asks for more. */
export function shipHere(
  destination: Destination,
  database: Directory,
  args: Partial<ShipArgs> = {},
): Promise<ShipOptions> {
  const module = slipway({ vulnerabilityDb: database })
  const scan = module["scanTools"]()
  const images = module["tools"]()
  const defaults: ShipArgs = {
    destination: { tags: [], gitopsBranch: "main", registry: {}, git: {}, ...destination },
    noTest: true,
    tests: {},
    build: { platforms: ["linux/amd64"], nodeImage: module["nodeImage"], gitImage: images.kustomize },
    scan: mergeScan({}, {}),
    force: false,
  }
  return shipOptions({ ...defaults, ...args }, { images, scan })
}
