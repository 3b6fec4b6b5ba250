import { createHash } from "node:crypto"
import { CacheSharingMode, type Container, type Directory, dag } from "@dagger.io/dagger"
import { retry } from "../engine/concurrency.ts"
import { type Run, withEffect } from "../engine/tool.ts"

/** A tool image with the folders and cache volumes that it reads, by path. */
export type OfflineTool = {
  image: string
  variables: Record<string, string>
  folders: Record<string, Directory>
  /** Volume names by path; see downloader. */
  volumes: Record<string, string>
}

/** The tool with more variables, folders and volumes. */
export function withMore(tool: OfflineTool, more: Partial<OfflineTool>): OfflineTool {
  return {
    image: tool.image,
    variables: { ...tool.variables, ...more.variables },
    folders: { ...tool.folders, ...more.folders },
    volumes: { ...tool.volumes, ...more.volumes },
  }
}

/**
 * Runs a tool without network and without secrets, and returns the container with its output. The engine's API cannot
 * run an exec without network, but a build step can.
 */
export function runOffline({ image, folders, ...tool }: OfflineTool, args: string[]): Container {
  const named = Object.entries(folders).map(([path, folder], at) => ({ path, folder, name: `folder-${at}` }))
  const context = named.reduce((all, { name, folder }) => all.withDirectory(name, folder), dag.directory())
  const places = Object.fromEntries(named.map(({ path, name }) => [path, name]))
  return context
    .withNewFile("Dockerfile", offlineDockerfile({ ...tool, args, folders: places }))
    .dockerBuild({ buildArgs: [{ name: "TOOL", value: image }] })
}

/**
 * The tool with network, to fill the volume that offline runs read. A separate locked volume allows one download at a
 * time: the same volume with another sharing mode would be a different volume.
 */
export function downloader({ image, path, volume, run }: Download): Container {
  return dag
    .container()
    .from(image)
    .withMountedCache(path, dag.cacheVolume(dockerfileVolume(volume)), { sharing: CacheSharingMode.Shared })
    .with(withLock(lockVolume(volume)))
    .with(withEffect(run))
}

/** The volume that is locked while the one of this name is written. */
export function lockVolume(volume: string): string {
  return `${volume}-lock`
}

/** Waits for the other execs with this lock. */
export function withLock(lock: string): (container: Container) => Container {
  return (container) =>
    container.withMountedCache("/slipway/lock", dag.cacheVolume(lock), { sharing: CacheSharingMode.Locked })
}

type Download = { image: string; path: string; volume: string; run: Run }

/** The API's key for the volume with this id in a RUN of a Dockerfile. */
export function dockerfileVolume(id: string): string {
  return `/${id}`
}

/** What a build step runs and mounts. */
type OfflineRun = {
  args: string[]
  variables: Record<string, string>
  /** Folders of the build context by mount path. */
  folders: Record<string, string>
  /** Names of cache volumes by mount path. */
  volumes: Record<string, string>
}

/**
 * A Dockerfile whose one step runs a tool without network: https://docs.docker.com/reference/dockerfile/#run---network
 * Mounts do not become part of the result.
 */
export function offlineDockerfile({ args, variables, folders, volumes }: OfflineRun): string {
  const mounts = [
    ...Object.entries(folders).map(([path, folder]) => `--mount=type=bind,source=${folder},target=${path}`),
    ...Object.entries(volumes).map(([path, name]) => `--mount=type=cache,sharing=shared,id=${name},target=${path}`),
  ]
  return [
    "ARG TOOL",
    "FROM $TOOL",
    ...Object.entries(variables).map(([name, value]) => `ENV ${name}=${quoted(value)}`),
    ["RUN --network=none", ...mounts, JSON.stringify(args)].join(" "),
    "",
  ].join("\n")
}

/** Quoted so that the build expands no variable in it. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, "\\$&")}"`
}

/** The failure of each mirror, in the order in which they were tried. */
type MirrorFailures = { mirror: string; cause: unknown }[]

/**
 * Tries one mirror after the other until one succeeds; without mirrors, the scanner uses its default. Trivy itself tries
 * the next mirror only after some responses, and not after a refused connection.
 */
export async function fromAnyMirror<Value>(
  mirrors: string[],
  attempt: (mirror?: string) => Promise<Value>,
): Promise<Value> {
  if (!mirrors.length) return await attempt()
  const failures: MirrorFailures = []
  for (const mirror of mirrors) {
    try {
      return await attempt(mirror)
    } catch (cause) {
      failures.push({ mirror, cause })
    }
  }
  throw Object.assign(new Error("no mirror responded"), { failures })
}

/** The failure of each mirror, if `cause` is that of fromAnyMirror. */
export function mirrorFailures(cause: unknown): MirrorFailures | undefined {
  const { failures } = (cause ?? {}) as { failures?: MirrorFailures }
  return failures
}

/** Each list of mirrors has its volume, so that a scan never uses a database from other mirrors. */
export function volumeName(scanner: string, mirrors: string[]): string {
  if (!mirrors.length) return `slipway-${scanner}`
  return `slipway-${scanner}-${createHash("sha256").update(mirrors.join("\n")).digest("hex").slice(0, 16)}`
}

/** Pauses between tries of a failed scan, in milliseconds; one retry per pause. */
export const SCAN_PAUSES = [1_000, 3_000]
/** Registries limit the rate of downloads, so these pauses are longer. */
export const DOWNLOAD_PAUSES = [2_000, 8_000, 20_000]

type RetryOptions = { pauses: number[]; isFinal?: (cause: unknown) => boolean }

type TryOutcome<Value> = { value: Value } | { cause: unknown }

/** Tries again after each pause while `attempt` throws, unless the failure is final; then throws the last failure. */
export async function retryFailures<Value>(
  attempt: (tries: number) => Promise<Value>,
  { pauses, isFinal = () => false }: RetryOptions,
): Promise<Value> {
  const outcome = await retry(
    async (tries): Promise<TryOutcome<Value>> => {
      try {
        return { value: await attempt(tries) }
      } catch (cause) {
        return { cause }
      }
    },
    (tried, tries) => {
      const pause = pauses[tries - 1]
      return "value" in tried || isFinal(tried.cause) || pause === undefined ? undefined : pause / 1000
    },
  )
  if ("value" in outcome) return outcome.value
  throw outcome.cause
}
