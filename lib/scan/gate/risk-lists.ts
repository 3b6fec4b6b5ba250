import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { File } from "@dagger.io/dagger"
import { z } from "zod"
import { parseJson } from "../../config/file.ts"
import { quote, SlipwayError } from "../../error.ts"
import type { ScannerFacts } from "../database.ts"
import type { Finding } from "../finding.ts"
import type { FindingRules } from "./failure-reason.ts"

/** The files of the public lists of CVEs: those that are exploited, and how likely each is to be exploited. */
export type RiskFiles = { kevCatalog?: File; epssScores?: File }

/** The CVEs that CISA knows to be exploited. */
type KevCatalog = { date: string; cves: Set<string> }
/** The probability of exploitation in the next 30 days, by CVE. */
type EpssScores = { date: string; scores: Map<string, number> }
export type RiskLists = { kev?: KevCatalog; epss?: EpssScores }

export async function readRiskLists({ kevCatalog, epssScores }: RiskFiles): Promise<RiskLists> {
  const [kev, epss] = await Promise.all([kevCatalog && readPlain(kevCatalog), epssScores && readPlain(epssScores)])
  return {
    ...(kev !== undefined && { kev: parseKevCatalog(kev) }),
    ...(epss !== undefined && { epss: parseEpssScores(epss) }),
  }
}

/** The API returns text only, and FIRST publishes the scores as gzip, so the file is read from a disk. */
async function readPlain(file: File): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "slipway-"))
  try {
    const path = join(folder, "list")
    await file.export(path)
    return plainText(await readFile(path))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function plainText(bytes: Buffer): string {
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b
  try {
    return (packed ? gunzipSync(bytes) : bytes).toString()
  } catch (cause) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "a complete gzip file of EPSS scores or of the KEV catalogue",
      got: cause instanceof Error ? cause.message : String(cause),
      fix: "Download it again.",
    })
  }
}

/** https://www.cisa.gov/known-exploited-vulnerabilities-catalog: only what is read. */
const Kev = z.object({
  dateReleased: z.string().min(1),
  count: z.number(),
  vulnerabilities: z.array(z.object({ cveID: z.string().regex(/^CVE-\d{4}-\d{4,}$/) })).min(1),
})

/** Reads CISA's catalogue. One that is empty, cut or of another shape is an error, never "nothing is exploited". */
export function parseKevCatalog(text: string): KevCatalog {
  const parsed = Kev.safeParse(parseJson(text))
  if (!parsed.success) throw kevInvalid(text.trim() ? z.prettifyError(parsed.error).split("\n")[0] : "an empty file")
  const { dateReleased: date, count, vulnerabilities } = parsed.data
  if (count !== vulnerabilities.length) throw kevInvalid(`${vulnerabilities.length} of ${count} vulnerabilities`)
  return { date, cves: new Set(vulnerabilities.map(({ cveID }) => cveID)) }
}

function kevInvalid(got = "another file"): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--kev-catalog to be CISA's catalogue of known exploited vulnerabilities, as JSON",
    got,
    fix: `Download it from ${KEV_ADDRESS}`,
  })
}

const KEV_ADDRESS = "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
const EPSS_ADDRESS = "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"

const EPSS_ROW = /^(CVE-\d{4}-\d{4,}),([\d.e-]+),([\d.e-]+)$/

/** Reads FIRST's daily file, which begins with a line about the model: https://www.first.org/epss/data_stats */
export function parseEpssScores(text: string): EpssScores {
  const lines = text.split(/\r?\n/)
  const comments = lines.filter((line) => line.startsWith("#"))
  const [head, ...rows] = lines.filter((line) => line && !line.startsWith("#"))
  if (head !== "cve,epss,percentile") throw epssInvalid(head === undefined ? "an empty file" : quote(head.slice(0, 80)))
  if (rows.length === 0) throw epssInvalid("a file without scores")
  if (lines.at(-1) !== "") throw epssInvalid("a file that ends within a line")
  const [, date = "unknown date"] = comments.join(",").match(/score_date:([^,\s]+)/) ?? []
  return { date, scores: new Map(rows.map(scoreOf)) }
}

function scoreOf(row: string): [string, number] {
  const [, cve = "", text = ""] = row.match(EPSS_ROW) ?? []
  const score = Number(text)
  if (cve && score >= 0 && score <= 1) return [cve, score]
  throw epssInvalid(`the row ${quote(row.slice(0, 80))}`)
}

function epssInvalid(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "--epss-scores to be FIRST's EPSS scores, as CSV with the columns cve,epss,percentile, also as gzip",
    got,
    fix: `Download it from ${EPSS_ADDRESS}`,
  })
}

/** Adds what the lists know about a finding's CVE; without a file, what the scanner's own database knows stays. */
export function withRisk<T extends Finding>(finding: T, { kev, epss }: RiskLists): T {
  if (finding.kind !== "vulnerability" || !finding.id.startsWith("CVE-")) return finding
  const score = epss?.scores.get(finding.id)
  return {
    ...finding,
    ...(kev && { kev: kev.cves.has(finding.id) }),
    ...(score !== undefined && { epss: score }),
  }
}

/** Refuses a rule whose list is missing: without it, nothing would be known to be exploited. */
export function requireRiskLists({ kev, epss }: FindingRules, lists: RiskLists, { name, riskLists }: RiskSource): void {
  if (kev && !lists.kev && !riskLists?.includes("kev")) throw missing("kev", name)
  if (epss !== undefined && !lists.epss && !riskLists?.includes("epss")) throw missing("epss", name)
}

type RiskSource = Pick<ScannerFacts, "name" | "riskLists">

const LISTS = {
  kev: { setting: "failOn.kev", flag: "--kev-catalog", what: "CISA's KEV catalogue", address: KEV_ADDRESS },
  epss: { setting: "failOn.epss", flag: "--epss-scores", what: "FIRST's EPSS scores", address: EPSS_ADDRESS },
}

function missing(list: keyof typeof LISTS, scanner: string): SlipwayError {
  const { setting, flag, what, address } = LISTS[list]
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${flag}, because ${setting} needs ${what}, which ${scanner}'s database does not contain`,
    got: "none",
    fix: `Download ${address} and pass the file as ${flag} before the function's name, or use Grype with a database that contains it.`,
  })
}

/** The files list CVEs: about a finding with another identifier they say nothing, which is not a no. */
export function unlistedWarnings(
  findings: Finding[],
  { kev, epss }: FindingRules,
  { givenLists = [] }: Pick<ScannerFacts, "givenLists">,
): string[] {
  if (givenLists.length === 0 || (!kev && epss === undefined)) return []
  const unlisted = findings.filter(({ kind, id }) => kind === "vulnerability" && !id.startsWith("CVE-"))
  const ids = [...new Set(unlisted.map(({ id }) => id))]
  if (ids.length === 0) return []
  const shown = ids.slice(0, 5).join(", ") + (ids.length > 5 ? ` and ${ids.length - 5} more` : "")
  return [`KEV and EPSS list CVEs only, so they say nothing about ${shown}`]
}

/** The lists with their dates, for the reports. */
export function riskListTexts({ kev, epss }: RiskLists): string[] {
  return [...(kev ? [`KEV of ${kev.date}`] : []), ...(epss ? [`EPSS of ${epss.date}`] : [])]
}
