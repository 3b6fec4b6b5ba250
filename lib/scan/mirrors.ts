import { createHash } from "node:crypto"

/** What kept each mirror from answering, in the order in which they were asked. */
export type MirrorFailures = { mirror: string; cause: unknown }[]

/**
 * Asks one mirror after the other until one answers; without any, the scanner asks its own. Trivy itself would go on to the
 * next only after a few kinds of answer, and not when a mirror is not there at all.
 */
export async function fromAnyMirror<Value>(
  mirrors: string[],
  ask: (mirror?: string) => Promise<Value>,
): Promise<Value> {
  if (!mirrors.length) return await ask()
  const failures: MirrorFailures = []
  for (const mirror of mirrors) {
    try {
      return await ask(mirror)
    } catch (cause) {
      failures.push({ mirror, cause })
    }
  }
  throw Object.assign(new Error("no mirror answered"), { failures })
}

/** The failures of each mirror, if that is what went wrong. */
export function mirrorFailures(cause: unknown): MirrorFailures | undefined {
  const { failures } = (cause ?? {}) as { failures?: MirrorFailures }
  return failures
}

/** A database of other mirrors is another one: who names some does not want what was downloaded elsewhere. */
export function volumeName(scanner: string, mirrors: string[]): string {
  if (!mirrors.length) return `slipway-${scanner}`
  return `slipway-${scanner}-${createHash("sha256").update(mirrors.join("\n")).digest("hex").slice(0, 16)}`
}
