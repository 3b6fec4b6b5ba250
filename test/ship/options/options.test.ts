import { expect, test } from "vitest"
import type { ShipTools } from "../../../lib/ship/options/flags.ts"
import { shipOptions } from "../../../lib/ship/options/options.ts"
import { NO_FLAGS } from "../no-flags.ts"

const tools: ShipTools = {
  nodeImage: "node",
  images: { trivy: "t", cosign: "c", crane: "r", kustomize: "k", registry: "g" },
  scan: { images: { TRIVY: "t", GRYPE: "grype" }, databases: { TRIVY: undefined, GRYPE: undefined } },
  checkers: { helm: "h", kubeconform: "f", trivy: "t", conftest: "n", kyverno: "v", cosign: "c", crane: "r" },
}

test.each([
  { scanner: "TRIVY" as const, grype: undefined },
  { scanner: "GRYPE" as const, grype: "grype" },
])("$scanner of the settings scans, and Grype is only among the tools if it scans", async ({ scanner, grype }) => {
  const options = await shipOptions(NO_FLAGS, { scan: { scanner } }, tools)
  expect(options.scan.scanner).toBe(scanner)
  expect(options.tools.grype).toBe(grype)
})

test("the checks of the settings go with the delivery", async () => {
  const settings = { repository: "ghcr.io/acme/app", sign: { kmsKey: "awskms:///alias/a" } }
  const checked = await shipOptions(NO_FLAGS, { ...settings, checks: { conftest: "policies" } }, tools)
  expect(checked.delivery?.checks).toMatchObject({
    options: { charts: [], conftest: "policies" },
    tools: tools.checkers,
  })
  expect((await shipOptions(NO_FLAGS, settings, tools)).delivery?.checks).toBeUndefined()
})
