import {
  type ResultOf,
  readResult,
  renderResult,
  resultPlace,
  type StageName,
  type StageResult,
} from "../../cache/result.ts"
import {
  type BundleRepository,
  type FoundBundle,
  findInRepository,
  type NewBundle,
  pushBundle,
} from "../../cache/source.ts"
import { exportRefusal } from "../../cache/trust.ts"
import { deferRejection } from "../../engine/concurrency.ts"
import { within } from "../../engine/tool.ts"
import { errorMessage } from "../../error.ts"
import type { StageResultRecord } from "../record/cache-record.ts"
import type { CacheOptions, CacheSetup } from "./run-cache.ts"
import { type CachePlace, requiredSigner, signText, verifyText } from "./signed-text.ts"

/** A result as a run asks for it. */
export type ResultRequest<Stage extends StageName> = { stage: Stage; key: string }
/** The outcome that a run leaves, with the files that it names. */
export type ResultContent<Stage extends StageName> = {
  content: Omit<ResultOf<Stage>, "schema" | "stage" | "repository" | "key" | "at">
  files?: NewBundle["archives"]
}
export type FoundResult<Stage extends StageName> = {
  result: ResultOf<Stage>
  signer: string
  file: FoundBundle["archive"]
}
type NotFound = Pick<StageResultRecord, "import" | "reason">

/** The results of stages in a repository of caches. No method rejects: without a result, the stage runs. */
export type RunResults = {
  /** Makes the place known, which has the signer; the first call counts. */
  open: (place: Promise<CachePlace>) => void
  /** `label` names the stage in the record, with its service. A result that `use` cannot use counts as missing. */
  find: <Stage extends StageName, T>(
    request: ResultRequest<Stage>,
    label: string,
    use: (found: FoundResult<Stage>) => Promise<T>,
  ) => Promise<T | undefined>
  /** Notes why a stage has no result that counts elsewhere. */
  skip: (label: string, reason: string) => void
  /** Starts the export of a result. */
  keep: <Stage extends StageName>(
    request: ResultRequest<Stage>,
    label: string,
    content: () => Promise<ResultContent<Stage>>,
  ) => void
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

  async function search<Stage extends StageName>({
    stage,
    key,
  }: ResultRequest<Stage>): Promise<FoundResult<Stage> | NotFound> {
    const trust = { options, setup, ...(place && { place }) }
    const required = await requiredSigner(trust, "registry")
    if ("refused" in required) return { import: "refused", reason: required.refused }
    if (!required.signer) return { import: "refused", reason: "it is not signed" }
    const found = await findInRepository(target, resultPlace({ stage, key }))
    if ("none" in found) return { import: "missing", reason: found.none }
    const verified = await verifyText(found, { ...trust, signer: required.signer })
    if ("refused" in verified) return { import: "refused", reason: verified.refused }
    const read = readResult<Stage>(found.text, { stage, key, repository, now: new Date(), days: resultDays ?? 0 })
    if ("missing" in read) return { import: "missing", reason: read.missing }
    if ("refused" in read) return { import: "refused", reason: read.refused }
    return { result: read.result, signer: verified.signer, file: found.archive }
  }

  async function searchAndUse<Stage extends StageName, T>(
    request: ResultRequest<Stage>,
    use: (found: FoundResult<Stage>) => Promise<T>,
  ): Promise<{ used: T } | NotFound> {
    const found = await search(request)
    return "result" in found ? { used: await use(found) } : found
  }

  async function push<Stage extends StageName>(
    request: ResultRequest<Stage>,
    { content, files = [] }: ResultContent<Stage>,
  ): Promise<void> {
    const common = { schema: 1, repository, ...request, at: new Date().toISOString() }
    const text = renderResult({ ...common, ...content } as unknown as ResultOf<Stage>)
    const signature = await signText(text, { setup, ...(place && { place }) })
    if (!signature) throw new Error("a rehearsal has no signer")
    await pushBundle({ text, signature, archives: files }, target, resultPlace(request))
  }

  return {
    open: (opening) => {
      place ??= deferRejection(opening)
    },
    find: async (request, label, use) => {
      const record = Object.assign(recordOf(label), { key: request.key })
      if (setup.force) {
        Object.assign(record, { import: "skipped", reason: "--force repeats each stage" })
        return undefined
      }
      const missing = (reason: string): NotFound => ({ import: "missing", reason })
      const late = () => missing(`it was not found within ${FIND_SECONDS} s`)
      const found = await within(FIND_SECONDS, searchAndUse(request, use), late).catch((error: unknown) =>
        missing(errorMessage(error)),
      )
      if (!("used" in found)) {
        Object.assign(record, found)
        return undefined
      }
      record.import = "takenOver"
      return found.used
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
      const pushing = within(
        KEEP_SECONDS,
        content().then((made) => push(request, made)),
        () => {
          throw new Error(`it did not end within ${KEEP_SECONDS} s`)
        },
      )
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

/** The run that leaves a result, as later runs name it. */
export type OwnRun = { revision: string | undefined; url: string | undefined }

export function runFields({ url, revision }: OwnRun): StageResult["run"] {
  return { ...(url && { url }), ...(revision && { revision }) }
}
