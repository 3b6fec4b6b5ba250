import { createHash } from "node:crypto"
import { CacheSharingMode, type Container, dag } from "@dagger.io/dagger"
import type { CacheMount } from "../dockerfile/cache-mounts.ts"
import { dockerfileVolume, lockVolume, withLock } from "../scan/offline.ts"

/** What a volume belongs to: a runner of the tests, a RUN of the Dockerfile, or a scanner. */
export type VolumeKind = "test" | "build" | "scan"

/**
 * A cache volume of the engine that a bundle can carry. `family` names what it holds, and `key` that with everything that its
 * content depends on: without an archive of the key, the newest of the family serves.
 */
export type Volume = {
  kind: VolumeKind
  name: string
  family: string
  key: string
  /** The volume's identity in the engine. */
  volume: string
  sharing: CacheSharingMode
  owner?: string
  /** A volume that its users mount locked while they write this one. */
  lock?: string
}

/** A volume that cannot be carried, and why. */
export type SkippedVolume = { kind: VolumeKind; name: string; reason: string }

type TestCache = { name: string; image: string; cacheKey: string; exclusiveCache?: boolean }

/** The volume of a test runner: its name in the engine depends on the lock files. */
export function testVolume({ name, image, cacheKey, exclusiveCache }: TestCache, owner: string | undefined): Volume {
  const sharing = exclusiveCache ? CacheSharingMode.Locked : CacheSharingMode.Shared
  const family = hashOf(["test", name.split("/").at(-1), sharing, owner])
  const key = hashOf([family, cacheKey, image])
  return { kind: "test", name, family, key, volume: cacheKey, sharing, ...(owner && { owner }) }
}

/** The volume of a RUN --mount=type=cache, with the digest of its stage's base image. */
export function mountVolume({ id, sharing, text, base }: CacheMount, digest: string): Volume {
  const family = hashOf(["build", id, sharing])
  const key = hashOf([family, text, base, digest])
  return { kind: "build", name: id, family, key, volume: dockerfileVolume(id), sharing: SHARING[sharing] }
}

/**
 * The database of a scanner. Its date decides whether the scanner takes it as it is, also after an import: it downloads the
 * database again where that is outdated.
 */
export function databaseVolume({ scanner, volume, day }: { scanner: string; volume: string; day: string }): Volume {
  const family = hashOf(["scan", volume])
  const place = { volume: dockerfileVolume(volume), sharing: CacheSharingMode.Shared, lock: lockVolume(volume) }
  return { kind: "scan", name: `${scanner} database`, family, key: hashOf([family, day]), ...place }
}

const SHARING = {
  shared: CacheSharingMode.Shared,
  private: CacheSharingMode.Private,
  locked: CacheSharingMode.Locked,
}

function hashOf(parts: (string | undefined)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)
}

/** Mounts the volume as its users do: with another sharing mode or owner it would be another volume. */
export function withVolume(
  path: string,
  { volume, sharing, owner, lock }: Volume,
): (container: Container) => Container {
  return (container) =>
    container
      .with((all) => (lock ? all.with(withLock(lock)) : all))
      .withMountedCache(path, dag.cacheVolume(volume), { sharing, ...(owner && { owner }) })
}
