import { expect, test } from "vitest"
import { renderCosignVuln } from "../../lib/scan/cosign-vuln.ts"
import { scanner } from "./sample.ts"

test("names the scanner, its database and the whole report", () => {
  const now = new Date("2026-11-25T12:00:00Z")
  expect(JSON.parse(renderCosignVuln('{"matches":[]}', { scanner, now }))).toMatchObject({
    scanner: {
      uri: "https://github.com/aquasecurity/trivy",
      version: "0.74.0",
      db: { version: "2026-11-24T06:00:00Z" },
      result: { matches: [] },
    },
    metadata: { scanStartedOn: "2026-11-25T12:00:00.000Z", scanFinishedOn: "2026-11-25T12:00:00.000Z" },
  })
})
