import { execFileSync } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Directory, dag } from "@dagger.io/dagger"
import { newRun } from "../../lib/engine/tool.ts"
import type { GateRules } from "../../lib/scan/assessment.ts"
import type { ScanOptions } from "../../lib/scan/scan-layout.ts"
import { Scanner, Severity } from "../../src/enums.ts"
import { GRYPE_IMAGE, NODE_IMAGE, TRIVY_IMAGE } from "../../src/tool-images.ts"
import { toolImage } from "./slipway.ts"

const MAKE = fileURLToPath(new URL("../fixtures/vulnerability-db/make.mjs", import.meta.url))

/** The test database as a Directory, with the advisories of test/fixtures/vulnerability-db/advisories.mjs. */
export function testDatabase(updatedAt?: string): Directory {
  const folder = mkdtempSync(join(tmpdir(), "slipway-db-"))
  execFileSync("node", [MAKE, folder, ...(updatedAt ? [updatedAt] : [])])
  return dag.host().directory(folder)
}

/** The facade's defaults, with the given rules. */
export function scanOptions(database: Directory | undefined, rules: Partial<GateRules> = {}): ScanOptions {
  const defaults = { ignoreUnfixed: false, failOnEndOfLife: false, pkgTypes: ["os", "library"], maxDbAge: 0 }
  return {
    images: { TRIVY: toolImage("TRIVYIMAGE") ?? TRIVY_IMAGE, GRYPE: toolImage("GRYPEIMAGE") ?? GRYPE_IMAGE },
    databases: { TRIVY: database, GRYPE: undefined },
    nodeImage: toolImage("NODEIMAGE") ?? NODE_IMAGE,
    run: newRun(),
    scanner: Scanner.TRIVY,
    rules: { threshold: Severity.HIGH, scanners: ["vuln", "secret"], ...defaults, ...rules },
    dbRepositories: [],
    vex: [],
    timeout: 300,
  }
}
