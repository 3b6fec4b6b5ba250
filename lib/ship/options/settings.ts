import { type Directory, dag, ExistsType, type File } from "@dagger.io/dagger"
import { stringify } from "yaml"
import { hasFile, readSourceFile } from "../../config/file.ts"
import type { ServiceSettings } from "../../config/services.ts"
import type { Settings } from "../../config/settings.ts"
import { parseSettings, SETTINGS_FILE } from "../../config/settings-file.ts"
import { quote, SlipwayError } from "../../error.ts"

/** The settings in a source's root, with overrides laid over them; all defaults where there are none. */
export async function readSettings(source: Directory, set: string[] = []): Promise<Settings> {
  const text = (await hasFile(source, SETTINGS_FILE)) ? await readSourceFile(source, SETTINGS_FILE) : ""
  return parseSettings(text, set)
}

/** A slipway.yaml that a caller hands over, for what has no source; all defaults without one. */
export async function readGivenSettings(file?: File, set: string[] = []): Promise<Settings> {
  return parseSettings(file ? await file.contents() : "", set)
}

/** The settings' exceptions as the file that the scan takes. */
export function exceptionsFile({ scan }: Pick<Settings, "scan">): File | undefined {
  return scan?.exceptions && dag.file("exceptions.yaml", stringify({ exceptions: scan.exceptions }))
}

/** The files of a source that its settings name by their paths. */
export type SettingsFiles = { caCertificate?: File; signingConfig?: File; trustedRoot?: File }

/** A path that leads nowhere is an error before anything runs. */
export async function settingsFiles(
  source: Directory,
  { registry, sign }: Pick<ServiceSettings, "registry" | "sign">,
): Promise<SettingsFiles> {
  const [caCertificate, signingConfig, trustedRoot] = await Promise.all([
    settingsFile(source, "registry.caCertificate", registry?.caCertificate),
    settingsFile(source, "sign.signingConfig", sign?.signingConfig),
    settingsFile(source, "sign.trustedRoot", sign?.trustedRoot),
  ])
  return { caCertificate, signingConfig, trustedRoot }
}

async function settingsFile(source: Directory, setting: string, path?: string): Promise<File | undefined> {
  if (path === undefined) return undefined
  if (await hasFile(source, path)) return source.file(path)
  throw new SlipwayError("SETTINGS_INVALID", {
    expected: `${setting} to be the path of a file of the source`,
    got: `${quote(path)}, which is not there`,
    fix: "Paths in settings begin at the root of the source.",
  })
}

type ServiceFolder = { path: string; key: string }

/** A service whose folder is not there would be found out after the others were built and pushed. */
export async function requireFolders(source: Directory, services: Map<string, ServiceSettings>): Promise<void> {
  for (const { path, key } of [...services].flatMap(([name, settings]) => foldersOf(name, settings))) {
    if (path === ".") continue
    if (!(await source.exists(path, { expectedType: ExistsType.DirectoryType }))) {
      throw noFolder({ path, key }, await source.entries())
    }
  }
}

/** The folders that a service is built from and tested in, by the keys that name them. */
function foldersOf(name: string, { path, build, test }: ServiceSettings): ServiceFolder[] {
  const key = (own: string, folder: string) => `services.${name}.${folder === path ? "path" : own}`
  const { context } = build ?? {}
  const tested = test ? (test.paths ?? []) : []
  return [
    ...(context === undefined ? [] : [{ path: context, key: key("build.context", context) }]),
    ...tested.map((folder) => ({ path: folder, key: key("test.paths", folder) })),
  ].filter((wanted, at, all) => all.findIndex((other) => other.path === wanted.path) === at)
}

function noFolder({ path, key }: ServiceFolder, entries: string[]): SlipwayError {
  return new SlipwayError("SETTINGS_INVALID", {
    expected: `${key} in ${SETTINGS_FILE} to be a folder of the source`,
    got: `${quote(path)}, which is not there (there are ${entries.join(", ") || "none"})`,
    fix: `Name the folder with ${key}; without a path, a service's folder has its name. Nothing was built.`,
  })
}
