import type { Container, File } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { scannerFailed } from "./broken.ts"

/** A try after the first is another exec: the engine would not run the same one again within a session. */
export function withTry(tries: number): (container: Container) => Container {
  return (container) => (tries > 1 ? container.withEnvVariable("SLIPWAY_TRY", String(tries)) : container)
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
export function withVex(documents: File[], folder: string): (container: Container) => Container {
  return (tool) => documents.reduce((all, document, at) => all.withMountedFile(vexFile(folder, at), document), tool)
}

export function vexFiles(documents: File[], folder: string): string[] {
  return documents.map((_, at) => vexFile(folder, at))
}

function vexFile(folder: string, at: number): string {
  return `${folder}/${at}.json`
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
