import { parseDocument } from "yaml"
import type { z } from "zod"
import { nearest } from "../config/argument.ts"
import { resolveDocument } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"
import { type Exception, JUSTIFICATIONS, SlipwayException, TrivyException } from "./exception.ts"
import type { FindingKind } from "./finding.ts"

/** https://trivy.dev/docs/latest/configuration/filtering/#trivyignoreyaml */
const TRIVY_SECTIONS: Record<string, FindingKind> = {
  vulnerabilities: "vulnerability",
  misconfigurations: "misconfiguration",
  secrets: "secret",
  licenses: "license",
}
const SECTIONS = ["exceptions", ...Object.keys(TRIVY_SECTIONS)]
const SLIPWAY_KEYS = ["id", "package", "path", "reason", "owner", "expires", "justification"]
const TRIVY_KEYS = ["id", "paths", "purls", "statement", "owner", "expired_at", "justification"]

/**
 * Reads a Trivy ignore file (YAML), or Slipway's `exceptions` list. Trivy ignores a mistyped key, so an exception with a
 * mistyped expiry would never expire; here a mistyped key is an error.
 */
export function parseExceptionFile(text: string): Exception[] {
  if (isPlain(text)) throw plainFormat()
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken) throw invalid("YAML", broken.message.split("\n")[0] ?? "", "Correct the file.")
  const sections =
    resolveDocument(document, (got) => invalid("YAML with aliases that can be resolved", got, "Correct the file.")) ??
    {}
  if (!isRecord(sections)) throw invalid(`a mapping with ${SECTIONS.join(", ")}`, "a value of another type", EXAMPLE)
  return Object.entries(sections).flatMap(([section, entries]) => readSection(section, entries))
}

/** Trivy's older format has ids only, each with an optional expiry date: https://trivy.dev/docs/latest/configuration/filtering/#trivyignore */
function isPlain(text: string): boolean {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/(?:^|\s)#.*/, "").trim())
  const entries = lines.filter((line) => line !== "")
  return entries.length > 0 && entries.every((line) => /^[A-Za-z][\w.:-]*[\w](?:\s+exp:\S+)?$/.test(line))
}

function plainFormat(): SlipwayError {
  return invalid(
    "Trivy's .trivyignore.yaml, or a list of exceptions",
    "Trivy's plain .trivyignore, which has only ids",
    "Write a .trivyignore.yaml, with an owner and an expiry date in each entry: vulnerabilities: [{ id: CVE-…, statement: …, owner: …, expired_at: 2027-01-31 }].",
  )
}

const EXAMPLE = "Write, for example: exceptions: [{ id: CVE-…, reason: …, owner: …, expires: 2027-01-31 }]."

function readSection(section: string, entries: unknown): Exception[] {
  if (!SECTIONS.includes(section)) {
    throw invalid(`a section out of ${SECTIONS.join(", ")}`, `"${section}"`, meant(section, SECTIONS))
  }
  const kind = TRIVY_SECTIONS[section]
  if (entries === null) return [] // all of its entries are commented out
  if (!Array.isArray(entries)) throw invalid(`a list in ${section}`, typeof entries, EXAMPLE)
  if (!kind) return readExceptions(entries)
  return entries.map((entry, at) => ({
    ...readEntry(TrivyException, entry, { where: `${section}[${at}]`, keys: TRIVY_KEYS }),
    kind,
  }))
}

/** Reads the entries of an `exceptions` section. */
export function readExceptions(entries: unknown[]): Exception[] {
  return entries.map((entry, at) =>
    readEntry(SlipwayException, entry, { where: `exceptions[${at}]`, keys: SLIPWAY_KEYS }),
  )
}

type Entry = { where: string; keys: string[] }

function readEntry(schema: z.ZodType<Exception>, entry: unknown, { where, keys }: Entry): Exception {
  const parsed = schema.safeParse(entry)
  if (parsed.success) return parsed.data
  // a mistyped key also leaves a required one missing; the mistyped one is the better hint
  const issues = parsed.error.issues
  const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0]
  const name = isRecord(entry) && typeof entry["id"] === "string" ? `${where} (${entry["id"]})` : where
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys
    throw invalid(`the keys ${keys.join(", ")} in ${name}`, `"${key}"`, meant(key, keys))
  }
  const path = String(issue?.path[0] ?? "")
  throw invalid(
    path ? `${name} with ${expectation(path)}` : `a mapping in ${name}`,
    path ? given(entry, path) : JSON.stringify(entry).slice(0, 100),
    "Give each exception a reason, an owner and an expiry date.",
  )
}

function expectation(key: string): string {
  if (key === "justification") return `a justification out of ${JUSTIFICATIONS.join(", ")}`
  if (["expires", "expired_at"].includes(key)) return `${key} as a real date, yyyy-mm-dd`
  return `${/^[aeiou]/.test(key) ? "an" : "a"} ${key}`
}

/** The value in the file, for `got`. */
function given(entry: unknown, path: string): string {
  if (!isRecord(entry) || !(path in entry)) return `no ${path}`
  const value = entry[path]
  return typeof value === "string" ? quote(value) : `${JSON.stringify(value)}, which is not a string`
}

/** The keys of Slipway's section and of Trivy's that mean the same. */
const SAME: Record<string, string> = {
  ...{ expires: "expired_at", reason: "statement", path: "paths" },
  ...{ expired_at: "expires", statement: "reason", paths: "path" },
}

function meant(word: string, known: string[]): string {
  const other = SAME[word]
  const guess = other && known.includes(other) ? other : nearest(word, known)
  return guess ? `Did you mean "${guess}"?` : "Remove it."
}

function invalid(expected: string, got: string, fix: string): SlipwayError {
  return new SlipwayError("EXCEPTIONS_INVALID", { expected, got, fix })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
