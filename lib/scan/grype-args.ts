import { GRYPE } from "../engine/tool.ts"

/** Where Grype's container has things. */
export const GRYPE_PATHS = {
  cache: "/slipway/grype",
  layout: "/slipway/layout",
  vex: "/slipway/vex",
  report: "/slipway/report.json",
  sarif: "/slipway/report.sarif",
  cyclonedx: "/slipway/sbom.cyclonedx.json",
}

/** Grype takes these from the environment only. Its database's age is slipway's own question. */
export const GRYPE_ENVIRONMENT: Record<string, string> = {
  GRYPE_DB_CACHE_DIR: GRYPE_PATHS.cache,
  GRYPE_DB_AUTO_UPDATE: "false",
  GRYPE_DB_VALIDATE_AGE: "false",
  GRYPE_CHECK_FOR_APP_UPDATE: "false",
  // or a mirror that does not answer counts as a database that needs no update, an old one or none at all
  GRYPE_DB_REQUIRE_UPDATE_CHECK: "true",
}

/** One scan, three formats; without a threshold, so that only a broken Grype ends with another code than 0. */
export function grypeScanArgs({ platform, vexFiles }: { platform: string; vexFiles: string[] }): string[] {
  return [
    ...[GRYPE, `oci-dir:${GRYPE_PATHS.layout}`, "--platform", platform, "--by-cve"],
    ...["-o", `json=${GRYPE_PATHS.report}`, "-o", `sarif=${GRYPE_PATHS.sarif}`],
    ...["-o", `cyclonedx-json=${GRYPE_PATHS.cyclonedx}`],
    ...vexFiles.flatMap((file) => ["--vex", file]),
  ]
}

export function grypeDownloadArgs(): string[] {
  return [GRYPE, "db", "update"]
}

export function grypeStatusArgs(): string[] {
  return [GRYPE, "db", "status", "-o", "json"]
}

export function grypeVersionArgs(): string[] {
  return [GRYPE, "version", "-o", "json"]
}
