import type { Directory, File } from "@dagger.io/dagger"
import type { Run } from "../engine/tool.ts"
import type { PlatformManifest } from "../oci/layout.ts"
import type { Digest } from "../oci/reference.ts"
import type { ImageScan } from "./assess.ts"
import type { ScannerFacts } from "./database.ts"

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
