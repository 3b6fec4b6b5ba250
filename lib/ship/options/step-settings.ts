import { type Directory, dag, ExistsType, type File } from "@dagger.io/dagger"
import { stringify } from "yaml"
import { nearest } from "../../config/argument.ts"
import { hasFile, readSourceFile } from "../../config/file.ts"
import { type ServiceSettings, serviceSettings } from "../../config/services.ts"
import type { Settings } from "../../config/settings.ts"
import { parseSettings, SETTINGS_FILE } from "../../config/settings-file.ts"
import { quote, SlipwayError } from "../../error.ts"
import { loginEngine } from "../../oci/engine-login.ts"
import type { RegistryInput } from "../../oci/registry-access.ts"

/** The settings in the source's root with overrides; all defaults without a file. */
export async function readSettings(source: Directory, set: string[] = []): Promise<Settings> {
  const text = (await hasFile(source, SETTINGS_FILE)) ? await readSourceFile(source, SETTINGS_FILE) : ""
  return parseSettings(text, set)
}

/** The settings of a --settings file, for functions without a source; all defaults without a file. */
export async function readGivenSettings(file?: File, set: string[] = []): Promise<Settings> {
  return parseSettings(file ? await file.contents() : "", set)
}

/** Gives the engine the caller's logins for pulls: user and password are those of the settings' repositories. */
export async function loginForSettings(registry: RegistryInput, settings: Settings): Promise<void> {
  const each = [...serviceSettings(settings).values(), settings]
  await loginEngine(
    registry,
    each.flatMap(({ repository }) => repository ?? []),
  )
}

/** The settings' exceptions as a file for the scan. */
export function exceptionsFile({ scan }: Pick<Settings, "scan">): File | undefined {
  return scan?.exceptions && dag.file("exceptions.yaml", stringify({ exceptions: scan.exceptions }))
}

/** The VEX documents of a function without a source, which cannot read a path; `gate-sarif` takes none. */
export function stepVex(given: File[] | undefined, { scan }: Pick<Settings, "scan">): File[] {
  const [path] = scan?.vex ?? []
  if (given === undefined || given.length > 0 || path === undefined) return given ?? []
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "--vex, because scan.vex in the settings names paths and this function has no source",
    got: "none",
    fix: `Pass the files: --vex=${path}`,
  })
}

type ServiceFolder = { path: string; key: string }

/** Checks all folders first; otherwise a missing one would fail after other services were pushed. */
export async function requireFolders(source: Directory, services: Map<string, ServiceSettings>): Promise<void> {
  for (const { path, key } of [...services].flatMap(([name, settings]) => foldersOf(name, settings))) {
    if (path === ".") continue
    if (!(await source.exists(path, { expectedType: ExistsType.DirectoryType }))) {
      throw noFolder({ path, key }, await source.entries())
    }
  }
}

/** The folders that a service is built from and tested in, with their keys. */
function foldersOf(name: string, { path, build, test }: ServiceSettings): ServiceFolder[] {
  const key = (own: string, folder: string) => `services.${name}.${folder === path ? "path" : own}`
  const { context } = build ?? {}
  const tested = test ? (test.paths ?? []) : []
  return [
    ...(context === undefined ? [] : [{ path: context, key: key("build.context", context) }]),
    ...tested.map((folder) => ({ path: folder, key: key("test.paths", folder) })),
  ].filter((one, at, all) => all.findIndex((other) => other.path === one.path) === at)
}

function noFolder({ path, key }: ServiceFolder, entries: string[]): SlipwayError {
  return new SlipwayError("SETTINGS_INVALID", {
    expected: `${key} in ${SETTINGS_FILE} to be a folder in the source`,
    got: `${quote(path)}, which does not exist (the source has ${entries.join(", ") || "none"})`,
    fix: `Set ${key}; a service without a path is in the folder of its name. Nothing was built.`,
  })
}

/** The settings of a single step: overrides, and the name of one of several services. */
export type StepChoice = { set: string[]; service?: string }

/** The settings of the one image that is started: those of the source, else those of the constructor's file. */
export async function readSmokeSettings(
  { source, settings }: { source?: Directory; settings?: File },
  { set, service }: StepChoice,
): Promise<ServiceSettings> {
  const read = source ? await readSettings(source, set) : await readGivenSettings(settings, set)
  return source ? buildSettingsOf(read, {}, service) : service === undefined ? read : requireService(read, service)
}

/** The settings of the one image that a build makes. */
export async function readBuildSettings(
  source: Directory,
  flags: { dockerfile?: string; context?: string; target?: string },
  { set, service }: StepChoice,
): Promise<ServiceSettings> {
  return buildSettingsOf(await readSettings(source, set), flags, service)
}

/** With dockerfile, context or target, the arguments name the image, and the settings for all services apply. */
export function buildSettingsOf(
  settings: Settings,
  { dockerfile, context, target }: { dockerfile?: string; context?: string; target?: string },
  service?: string,
): ServiceSettings {
  if (service !== undefined) return requireService(settings, service)
  const names = Object.keys(settings.services ?? {})
  if (names.length === 0 || (dockerfile ?? context ?? target) !== undefined) return settings
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `--service to be one of ${names.join(", ")}, the services in ${SETTINGS_FILE}`,
    got: "none",
    fix: "Pass --service, because a build makes one image. ship builds all services.",
  })
}

/** The settings of one of several services. */
export function requireService(settings: Settings, service: string): ServiceSettings {
  const known = serviceSettings(settings)
  const its = known.get(service)
  if (its) return its
  const names = [...known.keys()]
  const guess = nearest(service, names)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: names.length
      ? `--service to be one of ${names.join(", ")}, the services in ${SETTINGS_FILE}`
      : `services in ${SETTINGS_FILE} for --service`,
    got: names.length ? quote(service) : "none",
    fix: guess ? `Did you mean "${guess}"?` : "Omit --service to use the settings of the whole file.",
  })
}
