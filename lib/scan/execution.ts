import { type Container, type Directory, dag, type File } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { scannerFailed } from "./broken.ts"
import type { OfflineTool } from "./offline.ts"

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
