import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Called, daggerCall } from "./dagger-call.ts"
import { vulnerabilityDbFolder } from "./vulnerability-db.ts"

/** The modules of the examples that depend on this one. */
export const CONSUMERS = { TypeScript: "examples/consumer", Go: "examples/consumer-go" }

/** Calls a function of a module that depends on this one, on a source without tests. */
export function callConsumer(module: string, name: "check" | "release"): Promise<Called> {
  const source = mkdtempSync(join(tmpdir(), "slipway-consumed-"))
  const dockerfile = "FROM gcr.io/distroless/static-debian12:latest\nCOPY Dockerfile /\nUSER 7\n"
  writeFileSync(join(source, "Dockerfile"), dockerfile)
  writeFileSync(join(source, "slipway.yaml"), "test: false\n")
  return daggerCall(["-m", module, `--vulnerability-db=${vulnerabilityDbFolder()}`, name, `--source=${source}`])
}
