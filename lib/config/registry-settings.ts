import { z } from "zod"
import { Text, Texts } from "./setting-values.ts"

/** The access to a registry, without its login. */
export const Registry = z.strictObject({
  plainHttp: z.boolean().optional().describe("use plain HTTP for the registry; default false"),
  caCertificate: Text.optional().describe("path of the PEM certificate of the registry's private authority"),
})

/** A further registry for each release. Its login is in --registry-config. */
export const Replica = z.union([
  Text,
  z.strictObject({ repository: Text.describe("as host/path without a tag"), ...Registry.shape }),
])
export type Replica = z.infer<typeof Replica>

/** A replica's repository and the access to it that is no secret. */
export type ReplicaSettings = { repository: string } & z.infer<typeof Registry>

/** Each replica in its long form. */
export function replicaList(replicas: Replica[] = []): ReplicaSettings[] {
  return replicas.map((replica) => (typeof replica === "string" ? { repository: replica } : replica))
}

/** Caches in a repository of their own; --cache takes a directory instead. */
export const Cache = z.strictObject({
  repository: Text.optional().describe(
    "repository of the caches, as host/path without a tag; written from protected branches and tags only, and signed",
  ),
  megabytes: z
    .number()
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe("most megabytes of all archives; the least recently used go first; default 2000"),
  resultDays: z
    .union([z.literal(false), z.number().int().min(1).max(365)])
    .optional()
    .describe(
      "days that tests which passed, and scans, count in later runs with the same inputs; false: they always run; default 7",
    ),
})

/** The images with matching tags; without a limit they are kept forever. */
const RetentionRule = z.strictObject({
  tags: Texts.min(1).describe("patterns of tags with *, such as v* or pr-*"),
  last: z.number().int().min(1).max(9999).optional().describe("number of the newest images to keep"),
  days: z
    .number()
    .int()
    .min(1)
    .max(9999)
    .optional()
    .describe("days to keep an image; an image stays if last or days applies"),
})

/** The images that a registry keeps. */
export const Retention = z.strictObject({
  keep: z
    .array(RetentionRule)
    .min(1)
    .describe("rules, of which the first that matches a tag applies; a tag without a match is kept"),
  untagged: z
    .number()
    .int()
    .min(1)
    .max(9999)
    .optional()
    .describe("days until the registry removes manifests without a tag that no tagged manifest needs; default never"),
  rollbacks: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("number of earlier bumps of each overlay or file whose images are kept; default 1"),
})
