import { z } from "zod"
import { parseStrictJson, type Spelling } from "./strict-json.ts"

/** A document of a layout or a registry, or what is wrong with it. */
export type DocumentRead<Value> = { value: Value } | { fault: string }

/** Reads an index, a manifest or a config as every other parser will read it. */
export function readDocument<Value>(text: string, schema: z.ZodType<Value>, spelling: Spelling): DocumentRead<Value> {
  try {
    const parsed = schema.safeParse(parseStrictJson(text, spelling))
    if (parsed.success) return { value: parsed.data }
    return { fault: z.prettifyError(parsed.error).replaceAll(/\s+/g, " ").slice(0, 500) }
  } catch (error) {
    return { fault: error instanceof Error ? error.message : String(error) }
  }
}
