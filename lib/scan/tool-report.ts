import { z } from "zod"
import { parseJson } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

/** How a report is called in the message, and what to do about another one. */
export type ReportLabel = { what: string; fix?: string }

/** Reads a scanner's output by its schema. */
export function parseReport<Schema extends z.ZodType>(
  schema: Schema,
  text: string,
  wanted: ReportLabel,
): z.infer<Schema> {
  const value = parseJson(text)
  if (value === undefined) throw invalid(wanted, noJson(text))
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalid(wanted, z.prettifyError(parsed.error).replace(/\s+/g, " ").slice(0, 500))
}

/** The first line is mostly the scanner's own word on why it wrote no report. */
function noJson(text: string): string {
  const [line = ""] = text.trim().split("\n")
  return line ? `no JSON: ${quote(line.slice(0, 100))}` : "no JSON, but an empty text"
}

function invalid({ what, fix = FIX }: ReportLabel, got: string): SlipwayError {
  return new SlipwayError("REPORT_INVALID", { expected: what, got, fix })
}

const FIX = "Use the scanner's default image, or a version that writes this format."
