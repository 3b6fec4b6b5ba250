import { type Directory, dag, type File } from "@dagger.io/dagger"
import { stringify } from "yaml"
import type { Settings } from "../config/settings.ts"
import { parseSettings, SETTINGS_FILE } from "../config/settings-file.ts"
import { hasFile, readSourceFile } from "../config/source-file.ts"

/** The settings in a source's root, with overrides laid over them; all defaults where there are none. */
export async function readSettings(source: Directory, set: string[] = []): Promise<Settings> {
  const text = (await hasFile(source, SETTINGS_FILE)) ? await readSourceFile(source, SETTINGS_FILE) : ""
  return parseSettings(text, set)
}

/** The settings' exceptions as the file that the scan takes. */
export function exceptionsFile({ scan }: Pick<Settings, "scan">): File | undefined {
  return scan?.exceptions && dag.file("exceptions.yaml", stringify({ exceptions: scan.exceptions }))
}
