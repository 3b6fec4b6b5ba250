import { z } from "zod"
import type { FindingKind, MergedFinding, Suppression } from "./finding.ts"
import { readPurl } from "./purl.ts"

/** https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md#status-justifications */
export const JUSTIFICATIONS = [
  "component_not_present",
  "vulnerable_code_not_present",
  "vulnerable_code_not_in_execute_path",
  "vulnerable_code_cannot_be_controlled_by_adversary",
  "inline_mitigations_already_exist",
] as const

/** A finding that an owner accepts until a date. Without `kind` it covers findings of every kind. */
export type Exception = {
  kind?: FindingKind
  id: string
  package?: string
  paths: string[]
  purls: string[]
  reason: string
  owner: string
  /** The UTC day, yyyy-mm-dd, on which it stops counting, as in Trivy. */
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

/** An entry of the `exceptions` section of slipway.yaml. */
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

/** An entry of a Trivy ignore file. The file also works with Trivy itself, which ignores the owner. */
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

export type ExceptionOutcome = {
  /** The findings that no exception covers. */
  findings: MergedFinding[]
  applied: (Suppression & { exception: Exception })[]
  expired: Exception[]
  unused: Exception[]
}

/** Removes the findings that valid exceptions cover. `today` is yyyy-mm-dd in UTC. */
export function applyExceptions(findings: MergedFinding[], exceptions: Exception[], today: string): ExceptionOutcome {
  const valid = exceptions.filter(({ expires }) => today < expires)
  const applied = findings.flatMap((finding) => {
    const exception = valid.find((candidate) => covers(candidate, finding))
    return exception ? [applicationOf(exception, finding)] : []
  })
  return {
    findings: findings.filter((finding) => !applied.some((application) => application.finding === finding)),
    applied,
    expired: exceptions.filter((exception) => !valid.includes(exception)),
    unused: valid.filter((exception) => !findings.some((finding) => covers(exception, finding))),
  }
}

/** Warnings about exceptions that have no effect. */
export function exceptionWarnings({ expired, unused }: Pick<ExceptionOutcome, "expired" | "unused">): string[] {
  return [
    ...expired.map(
      ({ id, owner, expires }) =>
        `the exception for ${id} by ${owner} expired on ${expires}, so its finding counts again`,
    ),
    ...unused.map(({ id, owner }) => `the exception for ${id} by ${owner} matches no finding: remove it`),
  ]
}

function applicationOf(exception: Exception, finding: MergedFinding): ExceptionOutcome["applied"][number] {
  const { reason, owner, expires } = exception
  return { exception, finding, reason, source: owner, expires }
}

/** Whether an owner accepted the finding until a date that has passed. */
export function isLapsed(finding: MergedFinding, expired: Exception[]): boolean {
  return expired.some((exception) => covers(exception, finding))
}

/** An exception covers a finding if all of its restrictions match. */
function covers({ kind, id, package: name, paths, purls }: Exception, finding: MergedFinding): boolean {
  return (
    id === finding.id &&
    (!kind || kind === finding.kind) &&
    (!name || name === finding.package) &&
    (paths.length === 0 || paths.some((glob) => matchesGlob(finding.path, glob))) &&
    (purls.length === 0 || purls.some((purl) => matchesPurl(finding.purl, purl)))
  )
}

/** Matches a file's path as Trivy's ignore file does: `*` within a folder, `**` across folders. */
export function matchesGlob(path: string, glob: string): boolean {
  const pattern = glob
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map((part) => WILDCARDS[part] ?? part.replace(/[.+^${}()|[\]\\]/g, "\\$&"))
    .join("")
  return new RegExp(`^${pattern}$`).test(path)
}

const WILDCARDS: Record<string, string> = { "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" }

/**
 * Whether a purl names a package. The purl may omit version and qualifiers; those that it has must be equal.
 * https://github.com/package-url/purl-spec
 */
export function matchesPurl(purl: string, pattern: string): boolean {
  const [found, wanted] = [readPurl(purl), readPurl(pattern)]
  const qualified = [...wanted.qualifiers].every(([key, value]) => found.qualifiers.get(key) === value)
  return found.name === wanted.name && (!wanted.version || wanted.version === found.version) && qualified
}
