import { CacheSharingMode, type Container, type Directory, dag } from "@dagger.io/dagger"
import { type Run, withEffect } from "../engine/tool.ts"
import { offlineDockerfile } from "./offline-dockerfile.ts"

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
