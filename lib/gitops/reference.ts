import { TAG } from "../oci/reference.ts"
import type { LoggedCommit } from "./git-log.ts"
import { bumpsOf, type PastBump } from "./history.ts"

/** The bumps of every place in a branch: what was written last, and as many before as somebody may go back to. */
export function recentBumps(log: LoggedCommit[], rollbacks: number): PastBump[] {
  const places = log.flatMap(({ trailers }) => trailers.bumps.map(({ path, image }) => JSON.stringify([path, image])))
  return [...new Set(places)].flatMap((place) => {
    const [path, image] = JSON.parse(place)
    return bumpsOf(log, { path, image }).slice(0, rollbacks + 1)
  })
}

const WORD = new RegExp(TAG, "g")

/** Those of the words that stand in the text as a whole, and not as a part of another tag; a sentence may end after one. */
export function wordsIn(text: string, words: string[]): string[] {
  const whole = text.match(WORD) ?? []
  const found = new Set([...whole, ...whole.map((word) => word.replace(/[.-]+$/, ""))])
  return words.filter((word) => found.has(word))
}
