import { TRIVY } from "../engine/tool.ts"
import { SEVERITIES } from "./severity.ts"

/** Where Trivy's container has things. Neither ":" nor "@" may stand in the layout's path: Trivy splits it there. */
export const TRIVY_PATHS = {
  cache: "/slipway/trivy",
  layout: "/slipway/layout",
  report: "/slipway/report.json",
  reports: "/slipway/reports",
  vex: "/slipway/vex",
}

export type TrivyScan = { scanners: string[]; vexFiles: string[]; timeout: number }

// With both databases there, nothing else needs the network: no update, no version check, no telemetry, no Maven lookup.
const OFFLINE = [
  "--skip-db-update",
  "--skip-java-db-update",
  "--skip-check-update",
  "--skip-vex-repo-update",
  "--offline-scan",
  "--disable-telemetry",
  "--skip-version-check",
]

/**
 * Reports everything, whatever its severity and package type (without "os" it would not say that a base is out of life), and always ends with 0 unless Trivy broke: what passes is decided in
 * gate.ts, over the report. The memory cache lets scans of several platforms run side by side on one database.
 */
export function trivyScanArgs({ scanners, vexFiles, timeout }: TrivyScan): string[] {
  return [
    ...[TRIVY, "image", "--input", TRIVY_PATHS.layout],
    ...["--format", "json", "--output", TRIVY_PATHS.report, "--list-all-pkgs", "--show-suppressed"],
    ...["--severity", SEVERITIES.join(","), "--exit-code", "0"],
    ...["--pkg-types", "os,library", "--scanners", scanners.join(",")],
    ...configScanners(scanners),
    ...vexFiles.flatMap((file) => ["--vex", file]),
    ...["--cache-dir", TRIVY_PATHS.cache, "--cache-backend", "memory", ...OFFLINE],
    ...["--timeout", `${timeout}s`, "--no-progress"],
  ]
}

/** The image's own configuration (its user, its environment) is looked at too, for the same kinds of finding. */
function configScanners(scanners: string[]): string[] {
  const kinds = ["misconfig", "secret"].filter((kind) => scanners.includes(kind))
  return kinds.length ? ["--image-config-scanners", kinds.join(",")] : []
}

/** Turns the one report into another format, without scanning again. */
export function trivyConvertArgs({ format, report, output }: { format: string; report: string; output: string }) {
  return [TRIVY, "convert", "--format", format, "--output", output, "--quiet", report]
}

/** Brings one database up to date, from one mirror or from Trivy's own registries. */
export function trivyDownloadArgs(database: "vulnerability" | "java", mirror?: string): string[] {
  const [download, from] =
    database === "java"
      ? ["--download-java-db-only", "--java-db-repository"]
      : ["--download-db-only", "--db-repository"]
  return [
    ...[TRIVY, "image", download, "--cache-dir", TRIVY_PATHS.cache],
    ...["--no-progress", "--disable-telemetry", "--skip-version-check"],
    ...(mirror ? [from, mirror] : []),
  ]
}

/** Says which Trivy it is and how old its databases are. */
export function trivyVersionArgs(): string[] {
  return [TRIVY, "version", "--format", "json", "--cache-dir", TRIVY_PATHS.cache]
}
