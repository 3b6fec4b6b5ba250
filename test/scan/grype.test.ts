import { describe, expect, test } from "vitest"
import {
  GRYPE_ENVIRONMENT,
  grypeDownloadArgs,
  grypeProvidersArgs,
  grypeScanArgs,
  grypeStatusArgs,
  grypeVersionArgs,
  renderCosignVuln,
} from "../../lib/scan/grype.ts"
import { scanner } from "./sample.ts"

describe("grype args", () => {
  test("writes three formats in one scan, without a threshold", () => {
    expect(grypeScanArgs({ platform: "linux/arm64", vexFiles: ["/slipway/vex/0.json"] }).join(" ")).toBe(
      "/grype oci-dir:/slipway/layout --platform linux/arm64 --by-cve -o json=/slipway/report.json" +
        " -o sarif=/slipway/report.sarif -o cyclonedx-json=/slipway/sbom.cyclonedx.json --vex /slipway/vex/0.json",
    )
  })

  test("scans without any request to the network", () => {
    expect(GRYPE_ENVIRONMENT).toMatchObject({ GRYPE_DB_AUTO_UPDATE: "false", GRYPE_CHECK_FOR_APP_UPDATE: "false" })
  })

  test.each([
    { args: grypeDownloadArgs(), command: "/grype db update" },
    { args: grypeStatusArgs(), command: "/grype db status -o json" },
    { args: grypeProvidersArgs(), command: "/grype db providers -o json" },
    { args: grypeVersionArgs(), command: "/grype version -o json" },
  ])("$command", ({ args, command }) => {
    expect(args.join(" ")).toBe(command)
  })
})

describe("cosign vuln", () => {
  test("contains the scanner, its database and the complete report", () => {
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
})
