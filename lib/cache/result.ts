import { createHash } from "node:crypto"
import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { Digest } from "../oci/reference.ts"
import type { DocumentPlace } from "./source.ts"

const Runner = z.strictObject({
  name: z.string(),
  image: z.string(),
  commands: z.array(z.string()),
  seconds: z.number(),
  counts: z.strictObject({ passed: z.number(), failed: z.number(), skipped: z.number() }).optional(),
})

/** A file that the scan of a platform wrote; `platform` is the digest of its manifest. */
const ScanFile = z.strictObject({
  platform: Digest,
  name: z.string().max(100),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.number().int().min(0),
})

/** `repository` is that of the image, so that a signer's result of one project is not taken for that of another. */
const COMMON = {
  schema: z.literal(1),
  repository: z.string(),
  /** Depends on everything that decides the result. */
  key: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.iso.datetime(),
  run: z.strictObject({ url: z.string().max(2000).optional(), revision: z.string().max(100).optional() }),
}

/** Tests that passed, or what the scans of an image found, and the run of them. There is none of tests that failed. */
const StageResult = z.discriminatedUnion("stage", [
  z.strictObject({ ...COMMON, stage: z.literal("test"), runners: z.array(Runner).min(1).max(1000) }),
  z.strictObject({ ...COMMON, stage: z.literal("scan"), files: z.array(ScanFile).min(1).max(1000) }),
])
export type StageResult = z.infer<typeof StageResult>
export type ScanFile = z.infer<typeof ScanFile>
export type StageName = StageResult["stage"]
export type ResultOf<Stage extends StageName> = Extract<StageResult, { stage: Stage }>

export function renderResult(result: StageResult): string {
  return `${JSON.stringify(result, null, 2)}\n`
}

/** One hash over everything that decides the result of a stage. */
export function resultKey(inputs: unknown): string {
  return createHash("sha256").update(JSON.stringify(inputs)).digest("hex")
}

/** A few digits of the key, so that a repository keeps a limited number of results: a newer one replaces an older one. */
const TAG_DIGITS = 3

export function resultPlace({ stage, key }: Pick<StageResult, "stage" | "key">): DocumentPlace {
  return { tag: `${stage}-${key.slice(0, TAG_DIGITS)}`, kind: "result" }
}

type Wanted<Stage extends StageName> = Pick<StageResult, "key" | "repository"> & {
  stage: Stage
  now: Date
  /** The longest time that a result counts. */
  days: number
}

/** A result that was asked for; `missing` if it is that of other inputs, and `refused` if it must not be used. */
export type ReadResult<Stage extends StageName> =
  | { result: ResultOf<Stage> }
  | { missing: string }
  | { refused: string }

const DAY = 24 * 3_600_000
/** Clocks of two machines differ. */
const CLOCKS = 5 * 60_000

/** Reads a result whose signature is verified. */
export function readResult<Stage extends StageName>(
  text: string,
  { stage, key, repository, now, days }: Wanted<Stage>,
): ReadResult<Stage> {
  const parsed = StageResult.safeParse(parseJson(text))
  if (!parsed.success) return { refused: "it is not a result that Slipway writes" }
  const result = parsed.data
  if (result.repository !== repository) return { refused: `it is of ${result.repository || "no repository"}` }
  if (!isOf(result, stage) || result.key !== key) return { missing: "an earlier run had other inputs" }
  const age = now.getTime() - Date.parse(result.at)
  if (age < -CLOCKS) return { refused: `it is from ${result.at}, which is in the future` }
  if (age > days * DAY) return { refused: `it is from ${result.at}, more than ${days} days ago` }
  return { result }
}

function isOf<Stage extends StageName>(result: StageResult, stage: Stage): result is ResultOf<Stage> {
  return result.stage === stage
}
