import { type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import type { Run } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import type { Digest } from "../oci/reference.ts"
import type { ImageScan } from "./assessment.ts"
import type { ScannerFacts } from "./database.ts"
import { mirrorFailures, type OfflineTool } from "./offline.ts"

/** What a scanner needs before it can look at anything. `dbRepositories` and `vulnerabilityDb` are the scanner's own. */
export type ScannerSetup = {
  image: string
  vulnerabilityDb?: Directory
  dbRepositories: string[]
  scanners: string[]
  vex: File[]
  timeout: number
  run: Run
  /** Between rounds over all mirrors, in milliseconds; default some seconds, more each time. */
  downloadPauses?: number[]
}

/** What one platform's scan leaves for attestations, by file name. None is made before it is asked for. */
export type PlatformFiles = { platform: string; digest: Digest; report: File; formats: Record<string, File> }

/** One platform of a layout. */
export type PlatformImage = { layout: Directory; manifest: PlatformManifest }

/** A scanner with its database: from here on it runs without a network. */
export type ReadyScanner = {
  facts: ScannerFacts
  scan: (image: PlatformImage) => Promise<ImageScan & { files: PlatformFiles }>
}

/** A try after the first is another exec: the engine would not run the same one again within a session. */
export function withTry(tries: number): (container: Container) => Container {
  const { variables = {} } = tryNumber(tries)
  return (container) =>
    Object.entries(variables).reduce((all, [name, value]) => all.withEnvVariable(name, value), container)
}

/** The same for what runs offline. */
export function tryNumber(tries: number): Partial<OfflineTool> {
  return tries > 1 ? { variables: { SLIPWAY_TRY: String(tries) } } : {}
}

/** Whatever goes wrong in here is the scanner's failure, not a finding; what slipway itself refuses stays as it is. */
export async function running<Value>(scanner: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    throw cause instanceof SlipwayError ? cause : scannerFailed(scanner, cause)
  }
}

/** VEX documents by number: a name of the caller's could hold a comma, at which scanners split. */
export function vexFolder(documents: File[], folder: string): Record<string, Directory> {
  if (!documents.length) return {}
  return { [folder]: documents.reduce((all, document, at) => all.withFile(`${at}.json`, document), dag.directory()) }
}

export function vexFiles(documents: File[], folder: string): string[] {
  return documents.map((_, at) => `${folder}/${at}.json`)
}

/** An index that calls an amd64 image arm64 would pass a scan of the wrong thing for the right one. */
export function requireArchitecture(scanned: string, listed: string): void {
  if (scanned === listed) return
  throw new SlipwayError("LAYOUT_INVALID", {
    expected: `an image for ${listed}, as the image index says`,
    got: `one whose own configuration says ${scanned}`,
    fix: "Build the layout again; the platform of an index entry must be its image's.",
  })
}

/** What the engine throws when a program ends with another code than 0; its class is not to be had inside a module. */
type ExecFailure = { exitCode: number; stderr: string; stdout: string }

const LAST_LINES = 4

/** A scanner that did not do its work, told apart from one that found something. */
export function scannerFailed(scanner: string, cause: unknown): SlipwayError {
  return new SlipwayError("SCANNER_FAILED", {
    expected: `${scanner} to do its work`,
    got: causeText(cause),
    fix: "This says nothing about the image: it was not judged. Look at the scanner's words, then try again.",
  })
}

/** What no second try can mend: the scanner did not understand its arguments or its database. */
export function isFinal(cause: unknown): boolean {
  const failures = mirrorFailures(cause)
  if (failures) return failures.every((failure) => isFinal(failure.cause))
  return wantsJavaDatabase(cause) || (isExecFailure(cause) && FINAL.test(cause.stderr))
}

const FINAL = /old DB schema|on the first run|unknown flag|invalid argument|VEX/

/** Trivy needs its second database only for Java archives, and says so only once it meets one. */
export function wantsJavaDatabase(cause: unknown): boolean {
  return isExecFailure(cause) && /'--skip-java-db-update' cannot be specified/.test(cause.stderr)
}

function causeText(cause: unknown): string {
  const failures = mirrorFailures(cause)
  if (failures) return failures.map(({ mirror, cause }) => `from ${mirror}: ${causeText(cause)}`).join("; ")
  if (!isExecFailure(cause)) return cause instanceof Error ? cause.message : String(cause)
  const words = (cause.stderr || cause.stdout).trim().split("\n").slice(-LAST_LINES).join(" ⏎ ")
  return `exit code ${cause.exitCode}: ${words.slice(-1_000)}`
}

function isExecFailure(cause: unknown): cause is ExecFailure {
  const failure = cause as Partial<ExecFailure> | null
  return typeof failure?.exitCode === "number" && typeof failure.stderr === "string"
}
