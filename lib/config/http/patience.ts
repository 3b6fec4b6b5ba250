import { halfJitter, longestPause } from "../../engine/retry.ts"

/** How often a call is made before it counts as failed. */
export const ATTEMPTS = 4
const LONGEST = 30

/** What one try came to; without a status nobody answered. */
export type Try = { status?: number; retryAfter?: string; attempt: number }

/** Seconds to wait before the same call is worth another try; undefined where its answer is final. */
export function pauseSeconds({ status, retryAfter, attempt }: Try, random: number): number | undefined {
  const passing = status === undefined || status === 429 || status >= 500
  if (!passing || attempt >= ATTEMPTS) return undefined
  const asked = /^\d+$/.test(retryAfter ?? "") ? Number(retryAfter) : 0
  return Math.min(LONGEST, Math.max(asked, halfJitter(longestPause(attempt, { base: 1, cap: LONGEST }), random)))
}
