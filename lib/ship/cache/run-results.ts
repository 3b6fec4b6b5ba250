import { readResult, renderResult, resultPlace, type StageResult } from "../../cache/result.ts"
import { type BundleRepository, findInRepository, pushBundle } from "../../cache/source.ts"
import { exportRefusal } from "../../cache/trust.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import { within } from "../../engine/tool.ts"
import { errorMessage } from "../../error.ts"
import type { StageResultRecord } from "../record/cache-record.ts"
import type { CacheOptions, CacheSetup } from "./run-cache.ts"
import { type CachePlace, requiredSigner, signText, verifyText } from "./signed-text.ts"

/** A result as a run asks for it, and the outcome that a run leaves. */
export type ResultRequest = Pick<StageResult, "stage" | "key">
export type ResultContent = Pick<StageResult, "run" | "runners">
export type FoundResult = { result: StageResult; signer: string }

/** The results of stages in a repository of caches. No method rejects: without a result, the stage runs. */
export type RunResults = {
  /** Makes the place known, which has the signer; the first call counts. */
  open: (place: Promise<CachePlace>) => void
  /** `label` names the stage in the record, with its service. */
  find: (request: ResultRequest, label: string) => Promise<FoundResult | undefined>
  /** Notes why a stage has no result that counts elsewhere. */
  skip: (label: string, reason: string) => void
  /** Starts the export of a result. */
  keep: (request: ResultRequest, label: string, content: ResultContent) => void
  /** Waits for the exports, but not for ever. */
  ended: () => Promise<void>
  record: () => StageResultRecord[]
}

/** The longest that a stage waits for an earlier result, and a run for its exports, in seconds. */
const FIND_SECONDS = 60
const KEEP_SECONDS = 120

/** `force` repeats each stage, and leaves its result for later runs. */
export type ResultSetup = CacheSetup & { force: boolean }

/** The results of one run; undefined where none are kept: in a directory, and where they are off. */
export function startResults(options: CacheOptions, setup: ResultSetup): RunResults | undefined {
  const { store, directory, resultDays } = options
  if (!store || directory || resultDays === undefined || setup.given) return undefined
  const { craneImage, run, repository } = setup
  const target: BundleRepository = { ...store, craneImage, run }
  const unwritten = exportRefusal({ ...setup, store: "registry" })
  const records = new Map<string, StageResultRecord>()
  const keeping: Promise<void>[] = []
  let place: Promise<CachePlace> | undefined

  function recordOf(label: string): StageResultRecord {
    const known: StageResultRecord = records.get(label) ?? { stage: label, import: "missing", export: "none" }
    records.set(label, known)
    return known
  }

  async function search({
    stage,
    key,
  }: ResultRequest): Promise<FoundResult | Pick<StageResultRecord, "import" | "reason">> {
    const trust = { options, setup, ...(place && { place }) }
    const required = await requiredSigner(trust, "registry")
    if ("refused" in required) return { import: "refused", reason: required.refused }
    if (!required.signer) return { import: "refused", reason: "it is not signed" }
    const found = await findInRepository(target, resultPlace({ stage, key }))
    if ("none" in found) return { import: "missing", reason: found.none }
    const verified = await verifyText(found, { ...trust, signer: required.signer })
    if ("refused" in verified) return { import: "refused", reason: verified.refused }
    const read = readResult(found.text, { stage, key, repository, now: new Date(), days: resultDays ?? 0 })
    if ("missing" in read) return { import: "missing", reason: read.missing }
    if ("refused" in read) return { import: "refused", reason: read.refused }
    return { result: read.result, signer: verified.signer }
  }

  async function push(request: ResultRequest, content: ResultContent): Promise<void> {
    const text = renderResult({ schema: 1, repository, ...request, at: new Date().toISOString(), ...content })
    const signature = await signText(text, { setup, ...(place && { place }) })
    if (!signature) throw new Error("a rehearsal has no signer")
    await pushBundle({ text, signature, archives: [] }, target, resultPlace(request))
  }

  return {
    open: (opening) => {
      place ??= deferRejection(opening)
    },
    find: async (request, label) => {
      const record = Object.assign(recordOf(label), { key: request.key })
      if (setup.force) {
        Object.assign(record, { import: "skipped", reason: "--force repeats each stage" })
        return undefined
      }
      const late = { import: "missing" as const, reason: `it was not found within ${FIND_SECONDS} s` }
      const found = await within(FIND_SECONDS, search(request), () => late).catch((error: unknown) => {
        return { import: "missing" as const, reason: errorMessage(error) }
      })
      if (!("result" in found)) {
        Object.assign(record, found)
        return undefined
      }
      record.import = "takenOver"
      return found
    },
    skip: (label, reason) => {
      Object.assign(recordOf(label), { import: "skipped", reason })
    },
    keep: (request, label, content) => {
      const record = recordOf(label)
      if (unwritten !== undefined) {
        record.exportReason = unwritten
        return
      }
      const pushing = within(KEEP_SECONDS, push(request, content), () => {
        throw new Error(`it did not end within ${KEEP_SECONDS} s`)
      })
      const kept = pushing.then(
        () => void Object.assign(record, { export: "written" }),
        (error: unknown) => void Object.assign(record, { export: "failed", exportReason: errorMessage(error) }),
      )
      keeping.push(kept)
    },
    ended: async () => {
      await Promise.all(keeping)
    },
    record: () => structuredClone([...records.values()]),
  }
}
