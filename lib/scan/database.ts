import { z } from "zod"
import { SlipwayError } from "../error.ts"
import { parseReport } from "./finding.ts"

const HOUR = 3_600_000
const DAY = 24

/** The scanner, its version and its database; `database` is undefined for a scanner that has none. */
export type ScannerFacts = {
  name: string
  vendor: string
  uri: string
  version: string
  /** The kinds of finding that it looks for. */
  looksFor: string[]
  /** The lists of exploits in its database, if the gate needs one. */
  riskLists?: ("kev" | "epss")[]
  /** The lists of exploits that the caller gave, with their dates. */
  givenLists?: string[]
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

/** The age of a database that was updated at that time; never negative. */
export function databaseFacts(updatedAt: string, now: Date): DatabaseFacts {
  return { updatedAt, age: Math.max(0, (now.getTime() - Date.parse(updatedAt)) / HOUR) }
}

/** Refuses an old database, which finds less without a warning. `maxAge` is in hours; 0 accepts any age. */
export function requireFresh({ database, name }: ScannerFacts, maxAge: number): void {
  if (maxAge === 0 || (database && database.age <= maxAge)) return
  throw new SlipwayError("DATABASE_OUTDATED", {
    expected: `${name}'s vulnerability database to be at most ${ageText(maxAge)} old`,
    got: database ? `a database from ${database.updatedAt}, ${ageText(database.age)} old` : "a database without a date",
    fix: "Pass a newer database (vulnerabilityDb, grypeDb), update the mirrors in dbRepositories, or raise maxDbAge.",
  })
}

/** An age for people, rounded down. */
export function ageText(hours: number): string {
  if (hours < 1) return "less than an hour"
  if (hours < 2 * DAY) return `${Math.floor(hours)} hours`
  return `${Math.floor(hours / DAY)} days`
}
