import { z } from "zod"
import { SlipwayError } from "../error.ts"

/** Reads a scanner's output by its schema; `what` names it in the message. */
export function parseReport<Schema extends z.ZodType>(schema: Schema, text: string, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(readJson(text))
  if (parsed.success) return parsed.data
  throw new SlipwayError("REPORT_INVALID", {
    expected: what,
    got: z.prettifyError(parsed.error).replaceAll("\n", " ").slice(0, 500),
    fix: "Use the scanner's default image, or a version that writes this format.",
  })
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
