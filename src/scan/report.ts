import { z } from "zod"
import { quote, SlipwayError } from "../error.ts"

/** Reads a scanner's output by its schema; `what` names it in the message. */
export function parseReport<Schema extends z.ZodType>(schema: Schema, text: string, what: string): z.infer<Schema> {
  const json = readJson(text)
  if (!json) throw invalid(what, noJson(text))
  const parsed = schema.safeParse(json.value)
  if (parsed.success) return parsed.data
  throw invalid(what, z.prettifyError(parsed.error).replaceAll("\n", " ").slice(0, 500))
}

function readJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

/** The first line is mostly the scanner's own word on why it wrote no report. */
function noJson(text: string): string {
  const [line = ""] = text.trim().split("\n")
  return line ? `no JSON: ${quote(line.slice(0, 100))}` : "no JSON, but an empty text"
}

function invalid(expected: string, got: string): SlipwayError {
  return new SlipwayError("REPORT_INVALID", {
    expected,
    got,
    fix: "Use the scanner's default image, or a version that writes this format.",
  })
}
