import { z } from "zod"

// the kinds of values in slipway.yaml

export const Text = z.string().trim().min(1)
export const Texts = z.array(Text)
/** NAME=value pairs, written as a mapping in the file, in which numbers need no quotes. */
export const Assignments = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
export const Seconds = z.number().int().min(1)
