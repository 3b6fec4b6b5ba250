import type { z } from "zod"
import type { AskForge, ForgeCall } from "../../../lib/gitops/forge/forge.ts"

/** A forge that gives its responses in order, and keeps the calls; `undefined` is a response 404. */
export function forgeOf(...responses: unknown[]): { ask: AskForge; calls: ForgeCall[] } {
  const calls: ForgeCall[] = []
  const ask = async <T>(request: ForgeCall, { schema, absent }: { schema: z.ZodType<T>; absent?: T }) => {
    const response = responses[calls.push(request) - 1]
    if (response === undefined && absent !== undefined) return absent
    return schema.parse(response)
  }
  return { ask, calls }
}

export const IMAGE = `ghcr.io/acme/app@sha256:${"0a".repeat(32)}`
export const COMMIT = "f00d".repeat(10)
