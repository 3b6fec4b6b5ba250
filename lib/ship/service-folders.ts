import { type Directory, ExistsType } from "@dagger.io/dagger"
import type { ServiceSettings } from "../config/services.ts"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { quote, SlipwayError } from "../error.ts"

type Wanted = { path: string; key: string }

/** A service whose folder is not there would be found out after the others were built and pushed. */
export async function requireFolders(source: Directory, services: Map<string, ServiceSettings>): Promise<void> {
  for (const { path, key } of [...services].flatMap(([name, settings]) => wantedFolders(name, settings))) {
    if (path === ".") continue
    if (!(await source.exists(path, { expectedType: ExistsType.DirectoryType }))) {
      throw noFolder({ path, key }, await source.entries())
    }
  }
}

/** The folders that a service is built from and tested in, by the keys that name them. */
function wantedFolders(name: string, { path, build, test }: ServiceSettings): Wanted[] {
  const key = (own: string, folder: string) => `services.${name}.${folder === path ? "path" : own}`
  const { context } = build ?? {}
  const tested = test ? (test.paths ?? []) : []
  return [
    ...(context === undefined ? [] : [{ path: context, key: key("build.context", context) }]),
    ...tested.map((folder) => ({ path: folder, key: key("test.paths", folder) })),
  ].filter((wanted, at, all) => all.findIndex((other) => other.path === wanted.path) === at)
}

function noFolder({ path, key }: Wanted, entries: string[]): SlipwayError {
  return new SlipwayError("SETTINGS_INVALID", {
    expected: `${key} in ${SETTINGS_FILE} to be a folder of the source`,
    got: `${quote(path)}, which is not there (there are ${entries.join(", ") || "none"})`,
    fix: `Name the folder with ${key}; without a path, a service's folder has its name. Nothing was built.`,
  })
}
