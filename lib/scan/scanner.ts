import { type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import type { Digest } from "../oci/reference.ts"
import type { ScannerFacts } from "./database.ts"
import type { ImageScan } from "./finding.ts"
import { mirrorFailures, type OfflineTool } from "./offline.ts"

/** How to open a scanner. `dbRepositories` and `vulnerabilityDb` are in the scanner's format. */
export type ScannerSetup = {
  image: string
  vulnerabilityDb?: Directory
  dbRepositories: string[]
  scanners: string[]
  /** Whether the gate needs the lists of exploits. */
  needsRiskLists?: boolean
  vex: File[]
  /** A VEX repository: https://github.com/aquasecurity/vex-repo-spec; Trivy only. */
  vexRepository?: Directory
  timeout: number
  run: Run
  /** Pauses between rounds over all mirrors, in milliseconds; default DOWNLOAD_PAUSES. */
  downloadPauses?: number[]
}

/** One platform's report and formats by file name, for attestations. Each is made when it is first read. */
export type PlatformFiles = { platform: string; digest: Digest; report: File; formats: Record<string, File> }

/** One platform's image within a layout. */
export type PlatformImage = { layout: Directory; manifest: PlatformManifest }

/** The files that a scan of one platform writes, by name: everything else is derived from them. */
export type ScanFiles = Record<string, File>

/** `undated` says why the inputs do not show everything that the scan read. */
export type ScanRun = { files: ScanFiles; undated?: string }

/** A scanner with its database; its scans run without network. */
export type ReadyScanner = {
  facts: ScannerFacts
  /** The arguments that decide what a scan finds. */
  args: string[]
  run: (image: PlatformImage) => Promise<ScanRun>
  read: (image: PlatformImage, files: ScanFiles) => Promise<ImageScan & { files: PlatformFiles }>
}

/** Makes a retry another exec: within a session the engine does not run a failed exec again. */
export function withTry(tries: number): (container: Container) => Container {
  const { variables = {} } = tryNumber(tries)
  return (container) =>
    Object.entries(variables).reduce((all, [name, value]) => all.withEnvVariable(name, value), container)
}

/** The same for an offline tool. */
export function tryNumber(tries: number): Partial<OfflineTool> {
  return tries > 1 ? { variables: { SLIPWAY_TRY: String(tries) } } : {}
}

/** Turns every failure of `work` into SCANNER_FAILED, except Slipway's own errors. */
export async function running<Value>(scanner: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof SlipwayError ? cause : scannerFailed(scanner, cause)
  }
}

/** VEX documents, named by number: a caller's name may contain a comma, at which scanners split. */
export function vexFolder(documents: File[], folder: string): Record<string, Directory> {
  if (!documents.length) return {}
  return { [folder]: documents.reduce((all, document, at) => all.withFile(`${at}.json`, document), dag.directory()) }
}

export function vexFiles(documents: File[], folder: string): string[] {
  return documents.map((_, at) => `${folder}/${at}.json`)
}

/** With an amd64 image listed as arm64, the scan of the wrong image would count for the right one. */
export function requireArchitecture(scanned: string, listed: string): void {
  if (scanned === listed) return
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an image for ${listed}, the platform in the image index`,
    got: `an image whose config says ${scanned}`,
    fix: "Build the layout again, with the image's platform in its index entry.",
  })
}

export function requireFile(files: ScanFiles, name: string): File {
  const file = files[name]
  if (file) return file
  throw new Error(`expected the scan to have ${name}, got ${Object.keys(files).join(", ") || "nothing"}`)
}

/** The engine's error for a non-zero exit code; its class does not exist inside a module. */
type ExecFailure = { exitCode: number; stderr: string; stdout: string }

const LAST_LINES = 4

/** The failure of a scanner itself, which says nothing about the image. */
export function scannerFailed(scanner: string, cause: unknown): SlipwayError {
  return new SlipwayError("SCANNER_FAILED", {
    expected: `${scanner} to complete`,
    got: causeText(cause),
    fix: "Fix what the scanner reports, then run again; the gate did not judge the image.",
  })
}

/** Whether a retry cannot help: the scanner does not understand its arguments or its database. */
export function isFinal(cause: unknown): boolean {
  const failures = mirrorFailures(cause)
  if (failures) return failures.every((failure) => isFinal(failure.cause))
  return wantsJavaDatabase(cause) || (isExecFailure(cause) && FINAL.test(cause.stderr))
}

const FINAL = /old DB schema|on the first run|unknown flag|invalid argument|VEX/

/** Trivy needs its Java database only for Java archives, and fails with this message at the first one. */
export function wantsJavaDatabase(cause: unknown): boolean {
  return isExecFailure(cause) && /'--skip-java-db-update' cannot be specified/.test(cause.stderr)
}

function causeText(cause: unknown): string {
  const failures = mirrorFailures(cause)
  if (failures) return failures.map(({ mirror, cause }) => `from ${mirror}: ${causeText(cause)}`).join("; ")
  if (!isExecFailure(cause)) return cause instanceof Error ? cause.message : String(cause)
  const lines = (cause.stderr || cause.stdout).trim().split("\n").slice(-LAST_LINES).join(" ⏎ ")
  return `exit code ${cause.exitCode}: ${lines.slice(-1_000)}`
}

function isExecFailure(cause: unknown): cause is ExecFailure {
  const failure = cause as Partial<ExecFailure> | null
  return typeof failure?.exitCode === "number" && typeof failure.stderr === "string"
}
