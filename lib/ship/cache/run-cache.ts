import type { Directory } from "@dagger.io/dagger"
import {
  type Bundle,
  type BundleEntry,
  findEntry,
  isSameBundle,
  nextEntries,
  parseBundle,
  renderBundle,
} from "../../cache/bundle.ts"
import { type ProgramOptions, restoreVolume, saveVolume, VOLUME_SECONDS } from "../../cache/effects.ts"
import {
  type BundleRepository,
  type BundleSearch,
  bundleDirectory,
  deleteReplaced,
  type FoundBundle,
  findInDirectory,
  findInRepository,
  type NewBundle,
  pushBundle,
} from "../../cache/source.ts"
import { type CacheSituation, exportRefusal } from "../../cache/trust.ts"
import type { SkippedVolume, Volume } from "../../cache/volume.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import { within } from "../../engine/tool.ts"
import { errorMessage } from "../../error.ts"
import type { Digest, Repository } from "../../oci/reference.ts"
import type { RegistryAccess } from "../../oci/registry-access.ts"
import type { Signer } from "../../sign/signer.ts"
import type { CacheRecord, CacheVolumeRecord } from "../record/cache-record.ts"
import { type CachePlace, requiredSigner, signText, verifyText } from "./signed-text.ts"

/** Where caches come from and go to. `signer` is who must have signed those that a rehearsal imports from a registry. */
export type CacheOptions = {
  directory?: Directory
  store?: { repository: Repository; access: RegistryAccess }
  signer?: Signer
  /** The repository that the settings publish to: caches of another one are not read. */
  of?: string
  /** The days that the result of a stage counts in later runs; without them, each run runs each stage. */
  resultDays?: number
  /** The most bytes that the archives of a bundle have together. */
  limit: number
}

export type CacheSetup = Omit<CacheSituation, "store"> &
  ProgramOptions & { cosignImage: string; craneImage: string; repository: string }

/** The caches of one run. No method rejects: what fails makes the run slower, and the record says so. */
export type RunCache = {
  /** Makes the place known, which decides what is imported; the first call counts. */
  open: (place: Promise<CachePlace>) => void
  /** Fills the volumes that are empty. */
  fill: (volumes: (Volume | SkippedVolume)[]) => Promise<void>
  /** Starts the export of the volumes that were filled or used. */
  save: () => void
  /** Waits for an export that was started, but not for ever. */
  ended: () => Promise<void>
  record: () => CacheRecord
  /** The bundle for the next run: the written one, else the given one. */
  directory: () => Directory | undefined
}

type OpenedBundle = { entries: BundleEntry[]; found?: FoundBundle }
type VolumeState = { volume: Volume; record: CacheVolumeRecord; entry?: BundleEntry }

/** The longest that a run waits for its export after its last stage, in seconds. */
const EXPORT_SECONDS = VOLUME_SECONDS

export function startCache(options: CacheOptions, setup: CacheSetup): RunCache {
  const store = options.directory ? "directory" : "registry"
  const situation: CacheSituation = { ...setup, store }
  const refusal = exportRefusal(situation)
  const record: CacheRecord = {
    store: options.directory ? "directory" : (options.store?.repository.name ?? "none"),
    bundle: "unread",
    volumes: [],
    export: refusal ? { status: "none", reason: refusal } : { status: "pending" },
  }
  const states = new Map<string, { state?: VolumeState; filled: Promise<void> }>()
  const broken = new Set<BundleEntry>()
  let place: Promise<CachePlace> | undefined
  let opened: Promise<OpenedBundle> | undefined
  let saving: Promise<void> | undefined
  let written: Directory | undefined

  const open = async (): Promise<OpenedBundle> => {
    try {
      return await openBundle(options, { situation, setup, place, record })
    } catch (error) {
      Object.assign(record, { bundle: "missing", reason: errorMessage(error) })
      return { entries: [] }
    }
  }
  const bundle = () => (opened ??= open())

  async function fillVolume(state: VolumeState): Promise<void> {
    const { entries, found } = await bundle()
    const { match, entry } = findEntry(entries, state.volume)
    if (!entry || !found) return
    state.entry = entry
    const archive = () => found.archive(entry)
    const restored = await restoreVolume(state.volume, { archive, entry }, setup)
    if (restored.status === "restored") Object.assign(state.record, { import: match, bytes: entry.size })
    else if (restored.status === "warm") state.record.import = "warm"
    else throw new Error("reason" in restored ? restored.reason : "it filled nothing")
  }

  function fillOnce(volume: Volume | SkippedVolume): Promise<void> {
    const id = "reason" in volume ? `${volume.kind} ${volume.name}` : idOf(volume)
    const known = states.get(id)
    if (known) return known.filled
    const { kind, name } = volume
    if ("reason" in volume) {
      record.volumes.push({ kind, name, import: "skipped", reason: volume.reason })
      states.set(id, { filled: Promise.resolve() })
      return Promise.resolve()
    }
    const own: CacheVolumeRecord = { kind, name, key: volume.key, import: "miss" }
    record.volumes.push(own)
    const state: VolumeState = { volume, record: own }
    const filled = fillVolume(state).catch((error: unknown) => {
      Object.assign(own, { import: "broken", reason: errorMessage(error) })
      // it is no part of the next bundle
      if (state.entry) broken.add(state.entry)
      delete state.entry
    })
    states.set(id, { state, filled })
    return filled
  }

  async function saveAll(): Promise<void> {
    const { entries: former, found } = await bundle()
    const entries = former.filter((entry) => !broken.has(entry))
    const now = new Date().toISOString()
    const all = [...states.values()].flatMap(({ state }) => (state ? [state] : []))
    const saved = await Promise.all(all.map((state) => saveState(state, { now, limit: options.limit, setup })))
    const current = saved.flatMap((one) => one ?? [])
    const next = nextEntries(
      entries,
      current.map(({ entry }) => entry),
      options.limit,
    )
    if (isSameBundle(next, former)) {
      record.export = { status: "unchanged" }
      return
    }
    const archives = await Promise.all(
      next.map(async (entry) => {
        const file = current.find((one) => one.entry === entry)?.file
        // a repository has the archives of the former bundle already
        return { entry, file: file ?? (store === "directory" ? await found?.archive(entry) : undefined) }
      }),
    )
    const text = renderBundle({ schema: 1, repository: setup.repository, entries: next })
    const signature = await signText(text, { setup, ...(place && { place }) })
    const bytes = next.reduce((sum, { size }) => sum + size, 0)
    const made = { text, ...(signature && { signature }), archives }
    if (options.directory) written = await bundleDirectory(made).sync()
    else if (options.store) await replaceBundle(made, { former: found?.digest, to: repositoryOf(options.store, setup) })
    record.export = { status: "written", bytes }
  }

  return {
    open: (opening) => {
      place ??= deferRejection(opening)
    },
    fill: async (volumes) => {
      await Promise.all(volumes.map(fillOnce))
    },
    save: () => {
      if (refusal) return
      saving ??= saveAll().catch((error: unknown) => {
        record.export = { status: "failed", reason: errorMessage(error) }
      })
    },
    ended: async () => {
      await within(EXPORT_SECONDS, saving ?? Promise.resolve(), () => {
        record.export = { status: "failed", reason: `it did not end within ${EXPORT_SECONDS} s of the last stage` }
      })
      if (record.export.status === "pending") record.export = { status: "none", reason: "the run did not come to it" }
    },
    record: () => structuredClone(record),
    directory: () => written ?? options.directory,
  }
}

function idOf({ volume, sharing, owner }: Volume): string {
  return JSON.stringify([volume, sharing, owner])
}

function repositoryOf(store: NonNullable<CacheOptions["store"]>, { craneImage, run }: CacheSetup): BundleRepository {
  return { ...store, craneImage, run }
}

async function replaceBundle(made: NewBundle, { former, to }: { former: Digest | undefined; to: BundleRepository }) {
  const digest = await pushBundle(made, to)
  if (former !== undefined && former !== digest) await deleteReplaced(former, to)
}

type Opening = { situation: CacheSituation; setup: CacheSetup; place?: Promise<CachePlace>; record: CacheRecord }

/** Reads the bundle, and believes its description only as far as the run's trust requires. */
async function openBundle(options: CacheOptions, { situation, setup, place, record }: Opening): Promise<OpenedBundle> {
  const trust = { options, setup, ...(place && { place }) }
  const required = await requiredSigner(trust, situation.store)
  if ("refused" in required) return refuse(record, required.refused)
  const found = await search(options, setup)
  if ("none" in found) {
    Object.assign(record, { bundle: "missing", reason: found.none })
    return { entries: [] }
  }
  const bundle: Bundle | { broken: string } = parseBundle(found.text)
  if ("broken" in bundle) return refuse(record, bundle.broken)
  if (required.signer) {
    if (!found.signature) return refuse(record, "it is not signed")
    if (bundle.repository !== setup.repository)
      return refuse(record, `it is of ${bundle.repository || "no repository"}`)
    const verified = await verifyText(found, { ...trust, signer: required.signer })
    if ("refused" in verified) return refuse(record, verified.refused)
    record.signer = verified.signer
  }
  record.bundle = "used"
  return { entries: bundle.entries, found }
}

function refuse(record: CacheRecord, reason: string): OpenedBundle {
  Object.assign(record, { bundle: "refused", reason })
  return { entries: [] }
}

async function search(options: CacheOptions, setup: CacheSetup): Promise<BundleSearch> {
  if (options.directory) return await findInDirectory(options.directory)
  if (options.store) return await findInRepository(repositoryOf(options.store, setup))
  return { none: "no place for caches is set" }
}

type SaveOptions = { now: string; limit: number; setup: CacheSetup }

/** The entry of a volume for the next bundle; undefined for one that is not carried. */
async function saveState({ volume, record, entry }: VolumeState, { now, limit, setup }: SaveOptions) {
  const { saved, archive } = await saveVolume(volume, { limit, ...(entry && { previous: entry.content }) }, setup)
  record.export = saved.status
  const { kind, name, family, key } = volume
  switch (saved.status) {
    case "saved": {
      const { content, sha256, size, unpacked, files } = saved
      record.exportedBytes = size
      const made: BundleEntry = { kind, name, family, key, content, sha256, size, unpacked, files, usedAt: now }
      return { entry: made, file: archive }
    }
    case "unchanged":
      return entry && { entry: { ...entry, name, key, usedAt: now } }
    case "empty":
      return undefined
    case "skipped":
      record.exportReason = saved.reason
      return undefined
  }
}
