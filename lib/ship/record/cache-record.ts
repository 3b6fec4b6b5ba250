import { z } from "zod"

/** One cache volume: what a run imported into it, and exported from it. Sizes are those of archives. */
const CacheVolume = z.object({
  kind: z.enum(["test", "build", "scan"]),
  name: z.string().describe("the runner of the tests, the id of the Dockerfile's cache mount, or the database"),
  key: z.string().optional().describe("depends on what the content depends on, such as the lock file"),
  import: z
    .enum(["hit", "fallback", "miss", "warm", "broken", "skipped"])
    .describe("fallback: the newest archive of another key; warm: the engine's volume had content already"),
  reason: z.string().optional(),
  bytes: z.number().optional(),
  export: z.enum(["saved", "unchanged", "empty", "skipped"]).optional(),
  exportReason: z.string().optional(),
  exportedBytes: z.number().optional(),
})

/** The result of a stage: whether this run took over that of an earlier one, and left its own for later ones. */
const StageResultRecord = z.object({
  stage: z.string().describe("the stage, with its service"),
  key: z.string().optional().describe("depends on everything that decides the result"),
  import: z.enum(["takenOver", "missing", "refused", "skipped"]),
  reason: z.string().optional(),
  export: z.enum(["written", "none", "failed"]),
  exportReason: z.string().optional(),
})
export type StageResultRecord = z.infer<typeof StageResultRecord>

/** An earlier run whose result stands for a stage of this one. */
export const TakenOver = z.object({
  url: z.string().optional().describe("the run's web page"),
  revision: z.string().optional(),
  at: z.iso.datetime(),
  signer: z.string().describe("who signed the result"),
})

/** The caches that a run took over from earlier runs, and left for later ones. They never decide its result. */
export const CacheRecord = z.object({
  store: z.string().describe("directory, or the repository of the caches"),
  bundle: z.enum(["used", "missing", "refused", "unread"]).describe("unread: no stage needed a cache"),
  reason: z.string().optional().describe("why the bundle was not used"),
  signer: z.string().optional().describe("signer of the used bundle; none for a directory in a rehearsal"),
  volumes: z.array(CacheVolume),
  results: z.array(StageResultRecord).optional().describe("results of stages in the repository of the caches"),
  export: z.object({
    status: z
      .enum(["written", "unchanged", "none", "failed", "pending"])
      .describe("pending: the run had not ended yet"),
    reason: z.string().optional(),
    bytes: z.number().optional().describe("size of all archives of the written bundle"),
  }),
})

export type CacheRecord = z.infer<typeof CacheRecord>
export type CacheVolumeRecord = CacheRecord["volumes"][number]
