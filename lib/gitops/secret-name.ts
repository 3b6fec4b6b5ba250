import { createHash } from "node:crypto"
import type { Secret } from "@dagger.io/dagger"

/**
 * A name for what is made of a caller's secret. A session knows a secret by its name alone, so the second of two with one
 * name would take the first one's place; the engine's id tells them apart and says nothing of what is inside.
 */
export async function secretName(purpose: string, made: Secret): Promise<string> {
  return `slipway-${purpose}-${createHash("sha256")
    .update(String(await made.id()))
    .digest("hex")
    .slice(0, 16)}`
}
