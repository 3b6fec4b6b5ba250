/** A replacement of the characters from `start` up to, not including, `end`. */
export type Splice = { start: number; end: number; text: string }

/** Keeps everything outside the splices byte for byte. */
export function spliceText(text: string, splices: Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end)
  const pieces = ordered.map((splice, i) => text.slice(ordered[i - 1]?.end ?? 0, splice.start) + splice.text)
  return pieces.join("") + text.slice(ordered.at(-1)?.end ?? 0)
}
