import { isScalar } from "yaml"
import { SlipwayError } from "../../error.ts"
import type { Splice } from "./splice.ts"
import { type Cursor, placeText } from "./yaml-cursor.ts"
import { parseYaml } from "./yaml-file.ts"
import type { YamlFile } from "./yaml-parts.ts"

/** A document within a document: the text that a block scalar (`values: |`) holds, and the way back from its ranges. */
export type Embedded = { file: YamlFile; outward: (splice: Splice) => Splice }

/** Opens it line by line: each line of the text is a line of the file, less its indentation. */
export function openEmbedded(place: Cursor): Embedded {
  const { node } = place
  if (!isScalar(node) || node.type !== "BLOCK_LITERAL" || !node.range) throw notEmbedded(place)
  const [start, end] = node.range
  const header = place.file.text.indexOf("\n", start) + 1
  const outer = lineStarts(place.file.text.slice(header, end))
  const text = String(node.value)
  const inner = lineStarts(text)
  const indents = inner.map(({ line }, i) => (outer[i]?.line.endsWith(line) ? outer[i].line.length - line.length : -1))
  if (indents.includes(-1)) throw notEmbedded(place)
  const move = (at: number) => {
    const i = inner.findLastIndex((one) => one.at <= at)
    return header + (outer[i]?.at ?? 0) + (indents[i] ?? 0) + (at - (inner[i]?.at ?? 0))
  }
  return {
    file: parseYaml(text),
    outward: (splice) => ({ ...splice, start: move(splice.start), end: move(splice.end) }),
  }
}

function lineStarts(text: string): { at: number; line: string }[] {
  return [...text.matchAll(/([^\r\n]*)(?:\r?\n|$)/g)]
    .filter(({ 0: whole, index }) => whole !== "" || index === 0)
    .map(({ index, 1: line = "" }) => ({ at: index, line }))
}

function notEmbedded(place: Cursor): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `a document in a literal block (|) at ${placeText(place)}`,
    got: "another kind of text",
    fix: "Write the text as a literal block, or as a mapping (valuesObject).",
  })
}
