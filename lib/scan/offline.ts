import { createHash } from "node:crypto"
import { CacheSharingMode, type Container, type Directory, dag } from "@dagger.io/dagger"
import { retry } from "../engine/concurrency.ts"
import { type Run, withEffect } from "../engine/tool.ts"

/** A program, and what it sees beside its image: folders, and the volumes that it reads, by path. */
export type OfflineTool = {
  image: string
  variables: Record<string, string>
  folders: Record<string, Directory>
  /** By name, see downloader. */
  volumes: Record<string, string>
}

/** The same program with more beside it. */
export function withMore(tool: OfflineTool, more: Partial<OfflineTool>): OfflineTool {
  return {
    image: tool.image,
    variables: { ...tool.variables, ...more.variables },
    folders: { ...tool.folders, ...more.folders },
    volumes: { ...tool.volumes, ...more.volumes },
  }
}

/**
 * Runs a program that can reach no network, whatever it tries, and gets no secrets. What it wrote and printed is the
 * container's. The engine's API cannot cut an exec's network; a build's step can.
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
 * The program with a network, to fill the volume that offline runs read. One at a time, by a lock of its own: a volume
 * mounted with another sharing mode, or with none, would be another volume.
 */
export function downloader({ image, path, volume, run }: Download): Container {
  const [shared, lock] = [dag.cacheVolume(stepVolume(volume)), dag.cacheVolume(`${volume}-lock`)]
  return dag
    .container()
    .from(image)
    .withMountedCache(path, shared, { sharing: CacheSharingMode.Shared })
    .withMountedCache("/slipway/lock", lock, { sharing: CacheSharingMode.Locked })
    .with(withEffect(run))
}

type Download = { image: string; path: string; volume: string; run: Run }

/** The API's key for the volume that a build's step calls by this id. */
function stepVolume(id: string): string {
  return `/${id}`
}

/** What a program has beside its image: where each folder of the build's context is, and which volume lies where. */
type OfflineRun = {
  args: string[]
  variables: Record<string, string>
  /** Folders of the context by the path at which the program sees them. */
  folders: Record<string, string>
  /** Names of cache volumes by path. */
  volumes: Record<string, string>
}

/**
 * One run of a program as the only step of a build, since a build's step is what the engine can run without a network:
 * https://docs.docker.com/reference/dockerfile/#run---network. What is mounted does not become part of the result.
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

/** Nothing in it is a variable of the build's. */
function quoted(value: string): string {
  return `"${value.replace(/[\\"$]/g, "\\$&")}"`
}

/** What kept each mirror from answering, in the order in which they were asked. */
type MirrorFailures = { mirror: string; cause: unknown }[]

/**
 * Asks one mirror after the other until one answers; without any, the scanner asks its own. Trivy itself would go on to the
 * next only after a few kinds of answer, and not when a mirror is not there at all.
 */
export async function fromAnyMirror<Value>(
  mirrors: string[],
  ask: (mirror?: string) => Promise<Value>,
): Promise<Value> {
  if (!mirrors.length) return await ask()
  const failures: MirrorFailures = []
  for (const mirror of mirrors) {
    try {
      return await ask(mirror)
    } catch (cause) {
      failures.push({ mirror, cause })
    }
  }
  throw Object.assign(new Error("no mirror answered"), { failures })
}

/** The failures of each mirror, if that is what went wrong. */
export function mirrorFailures(cause: unknown): MirrorFailures | undefined {
  const { failures } = (cause ?? {}) as { failures?: MirrorFailures }
  return failures
}

/** A database of other mirrors is another one: who names some does not want what was downloaded elsewhere. */
export function volumeName(scanner: string, mirrors: string[]): string {
  if (!mirrors.length) return `slipway-${scanner}`
  return `slipway-${scanner}-${createHash("sha256").update(mirrors.join("\n")).digest("hex").slice(0, 16)}`
}

/** Pauses between tries of a scanner that broke, in milliseconds; as many tries more as there are pauses. */
export const SCAN_PAUSES = [1_000, 3_000]
/** The database's registries limit rates, so a download is given more time. */
export const DOWNLOAD_PAUSES = [2_000, 8_000, 20_000]

type RetryOptions = { pauses: number[]; isFinal?: (cause: unknown) => boolean }

type TryOutcome<Value> = { value: Value } | { cause: unknown }

/** Tries again after each pause while `attempt` throws, unless the failure is final; the last one is the answer. */
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
