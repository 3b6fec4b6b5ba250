import { z } from "zod"
import type { FindingKind } from "./finding.ts"

/** https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md#status-justifications */
export const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const

/** A finding that someone answers for, for a time. `kind` is absent where an exception may be of any kind. */
export type Exception = {
  kind?: FindingKind
  id: string
  package?: string
  paths: string[]
  purls: string[]
  reason: string
  owner: string
  /** The UTC day, yyyy-mm-dd, from whose first minute on it no longer counts, as Trivy reads it. */
  expires: string
  justification?: (typeof JUSTIFICATIONS)[number]
}

const Words = z.string().trim().min(1)
const Day = z.iso.date()
const Justification = z.enum(JUSTIFICATIONS)

/** A key whose entries are all commented out has no value. */
const Several = z
  .array(Words)
  .nullish()
  .transform((entries) => entries ?? [])

/** An entry of the `exceptions` section of slipway's own settings. */
export const SlipwayException = z
  .strictObject({
    id: Words,
    package: Words.optional(),
    path: Words.optional(),
    reason: Words,
    owner: Words,
    expires: Day,
    justification: Justification.optional(),
  })
  .transform(({ path, ...exception }): Exception => ({ ...exception, paths: path ? [path] : [], purls: [] }))

/** An entry of a Trivy ignore file: the same file works with Trivy alone, which takes no notice of the owner. */
export const TrivyException = z
  .strictObject({
    id: Words,
    paths: Several,
    purls: Several,
    statement: Words,
    owner: Words,
    expired_at: Day,
    justification: Justification.optional(),
  })
  .transform(
    ({ statement: reason, expired_at: expires, ...exception }): Exception => ({ ...exception, reason, expires }),
  )
