import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { parseReport } from "./finding.ts"

const HOUR = 3_600_000
const DAY = 24

/** Which scanner looked, and what it knew. Without a database there is nothing to be old. */
export type ScannerFacts = {
  name: string
  vendor: string
  uri: string
  version: string
  /** The kinds of finding that it can look for. */
  looksFor: string[]
  database?: DatabaseFacts
}

/** Times are UTC. `age` is in hours, at the time of the scan. */
export type DatabaseFacts = { updatedAt: string; age: number }

const TRIVY = {
  name: "Trivy",
  vendor: "Aqua Security",
  uri: "https://github.com/aquasecurity/trivy",
  looksFor: ["vuln", "secret", "misconfig", "license"],
}
const TrivyVersion = z.object({
  Version: z.string(),
  VulnerabilityDB: z.object({ UpdatedAt: z.iso.datetime() }).optional(),
})

/** Reads `trivy version --format json`. */
export function readTrivyVersion(text: string, now: Date): ScannerFacts {
  const { Version: version, VulnerabilityDB: database } = parseReport(TrivyVersion, text, {
    what: "trivy version's JSON",
  })
  return { ...TRIVY, version, ...(database && { database: databaseFacts(database.UpdatedAt, now) }) }
}

/** How old a database is that was made at that time. */
export function databaseFacts(updatedAt: string, now: Date): DatabaseFacts {
  return { updatedAt, age: Math.max(0, (now.getTime() - Date.parse(updatedAt)) / HOUR) }
}

/** An old database finds less, silently. `maxAge` is in hours; 0 accepts any age. */
export function requireFresh({ database, name }: ScannerFacts, maxAge: number): void {
  if (maxAge === 0 || (database && database.age <= maxAge)) return
  throw new SlipwayError("DATABASE_OUTDATED", {
    expected: `a vulnerability database of ${name} that is at most ${ageText(maxAge)} old`,
    got: database ? `one of ${database.updatedAt}, ${ageText(database.age)} old` : "a database without a date",
    fix: "Give a newer vulnerabilityDb, check that the mirrors of dbRepositories are kept up to date, or raise maxDbAge.",
  })
}

/** An age as a person says it. */
export function ageText(hours: number): string {
  if (hours < 1) return "less than an hour"
  if (hours < 2 * DAY) return `${Math.floor(hours)} hours`
  return `${Math.floor(hours / DAY)} days`
}
