import { type Directory, dag, type File } from "@dagger.io/dagger"
import { stringify } from "yaml"
import type { Settings } from "../config/settings.ts"
import { parseSettings, SETTINGS_FILE } from "../config/settings-file.ts"
import { hasFile, readSourceFile } from "../config/source-file.ts"

/** The settings in a source's root; all defaults where there are none. */
export async function readSettings(source: Directory): Promise<Settings> {
  if (!(await hasFile(source, SETTINGS_FILE))) return {}
  return parseSettings(await readSourceFile(source, SETTINGS_FILE))
}

/** The settings' exceptions as the file that the scan takes. */
export function exceptionsFile({ scan }: Pick<Settings, "scan">): File | undefined {
  return scan?.exceptions && dag.file("exceptions.yaml", stringify({ exceptions: scan.exceptions }))
}
