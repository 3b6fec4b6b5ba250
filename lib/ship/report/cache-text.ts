import type { TakenOver } from "../../config/ci.ts"
import type { CacheRecord, CacheVolumeRecord, StageResultRecord } from "../record/cache-record.ts"

/** The caches of a run, one line for each volume. */
export function cacheLines({
  store,
  bundle,
  reason,
  signer,
  volumes,
  results = [],
  export: exported,
}: CacheRecord): string[] {
  const signed = signer ? `, signed by ${signer}` : ""
  return [
    `${store === "directory" ? "from the directory" : `from ${store}`}: ${bundle}${signed}${because(reason)}`,
    ...volumes.map(volumeLine),
    ...results.map(resultLine),
    `exported: ${exported.status}${exported.bytes === undefined ? "" : `, ${megabytes(exported.bytes)}`}${because(exported.reason)}`,
  ]
}

function volumeLine(volume: CacheVolumeRecord): string {
  const { kind, name, bytes, reason, exportedBytes, exportReason } = volume
  const imported = `${volume.import}${bytes === undefined ? "" : `, ${megabytes(bytes)}`}${because(reason)}`
  if (!volume.export) return `${name} (${kind}): ${imported}`
  const size = exportedBytes === undefined ? "" : `, ${megabytes(exportedBytes)}`
  return `${name} (${kind}): ${imported}; ${volume.export}${size}${because(exportReason)}`
}

function resultLine({ stage, reason, export: exported, exportReason, ...result }: StageResultRecord): string {
  const taken = `${result.import === "takenOver" ? "taken over" : result.import}${because(reason)}`
  const kept = exported === "none" && exportReason === undefined ? "" : `; ${exported}${because(exportReason)}`
  return `result of ${stage}: ${taken}${kept}`
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (${reason})`
}

/** The import in one line. */
export function importText({ volumes }: CacheRecord): string {
  const filled = volumes.filter(({ bytes }) => bytes !== undefined)
  const bytes = filled.reduce((sum, volume) => sum + (volume.bytes ?? 0), 0)
  return `${filled.length} of ${volumes.length} caches filled, ${megabytes(bytes)}`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** Names the run that ran a stage instead of this one. */
export function takenOverText({ url, revision, at, signer }: TakenOver, verb: "passed" | "scanned" = "passed"): string {
  const commit = revision && `commit ${revision.slice(0, 12)}`
  return `${verb} in ${url ? `run ${url}` : `the run of ${at}`} (taken over${commit ? `, ${commit}` : ""}, signed by ${signer})`
}
