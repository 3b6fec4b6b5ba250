import { halfJitter, longestPause } from "../engine/retry.ts"

/** What to do about a failed call: how often, and after how long, in seconds. */
export const ATTEMPTS = 4
const LONGEST = 30
/** A registry that says "too many requests" counts by the minute; crane does not show its Retry-After. */
const THROTTLED_WAIT = 10

// Read from crane's last line. It has tried quick repeats of its own by then, within a few seconds.
const THROTTLED = /\b429\b|TOOMANYREQUESTS|too many requests/i
const FINAL = /\b40[0134]\b|UNAUTHORIZED|DENIED|NAME_INVALID|MANIFEST_INVALID|DIGEST_INVALID/
// Of an answer with an error of the registry's own, crane shows its code, and not the status that it came with.
const PASSING =
  /\bUNKNOWN: |\bUNAVAILABLE\b|\b50[0234]\b|\b408\b|connection reset|broken pipe|unexpected EOF|: EOF|TLS handshake timeout|i\/o timeout|GOAWAY|http2: /

/** Whether the same call may well pass later: never a refusal, which only costs time and may lock an account. */
export function isTransient(stderr: string): boolean {
  const words = stripNames(stderr)
  if (THROTTLED.test(words)) return true
  return !FINAL.test(words) && PASSING.test(words)
}

/** The pause before another try. */
export function waitSeconds(attempt: number, { stderr, random }: { stderr: string; random: number }): number {
  const base = THROTTLED.test(stripNames(stderr)) ? THROTTLED_WAIT : 1
  return halfJitter(longestPause(attempt, { base, cap: LONGEST }), random)
}

/** Whether the registry says that there is no such thing, which is an answer and no failure. */
export function isAbsent({ stderr }: { stderr: string }): boolean {
  return /MANIFEST_UNKNOWN|NAME_UNKNOWN|\bNOT_FOUND: |(?<!:)\b404\b/.test(stripNames(stderr))
}

/** Digests and addresses may hold any number, and a port such as 503 is no status. */
function stripNames(stderr: string): string {
  return lastLine(stderr).replace(/sha256:[0-9a-f]+|https?:\/\/[^\s"]+|\S+:\d+->?\S*/g, "")
}

/** crane's word on the outcome; what it tried before stands above. */
export function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) ?? ""
}
