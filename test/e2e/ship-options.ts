import type { Directory } from "@dagger.io/dagger"
import type { ShipOptions } from "../../lib/ship/context.ts"
import { type DestinationArgs, type ShipArgs, shipOptions } from "../../lib/ship/options.ts"
import { Scanner, Severity } from "../../src/enums.ts"
import { slipway } from "./slipway.ts"

type Destination = Partial<DestinationArgs>

/** `ship` with this environment's tools: one platform, untested, unless a test asks for more. */
export function shipHere(
  destination: Destination,
  database: Directory,
  args: Partial<ShipArgs> = {},
): Promise<ShipOptions> {
  const module = slipway(database)
  const scan = module["scanTools"]()
  const images = module["tools"]()
  const defaults: ShipArgs = {
    destination: { tags: [], gitopsBranch: "main", registry: { plainHttp: false }, git: {}, ...destination },
    noTest: true,
    tests: {},
    build: { platforms: ["linux/amd64"], nodeImage: module["nodeImage"], gitImage: images.kustomize },
    scanner: Scanner.TRIVY,
    rules: {
      threshold: Severity.HIGH,
      ignoreUnfixed: false,
      failOnEndOfLife: false,
      maxDbAge: 0,
      pkgTypes: ["os", "library"],
      scanners: ["vuln", "secret"],
    },
    dbRepositories: [],
    force: false,
  }
  return shipOptions({ ...defaults, ...args }, { images, scan })
}
