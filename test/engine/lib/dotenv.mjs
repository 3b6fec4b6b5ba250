import { existsSync, readFileSync, writeFileSync } from "node:fs"

const BEGIN = "# test/engine/up: local tool images (begin)"
const END = "# test/engine/up: local tool images (end)"

/** Replaces, adds or, without lines, removes the block in a text; other lines stay. */
export function withBlock(text, lines) {
  const kept = text.split("\n")
  const from = kept.indexOf(BEGIN)
  const to = kept.indexOf(END, from)
  if (from >= 0) kept.splice(from, to >= 0 ? to - from + 1 : 1)
  const others = kept.join("\n").trimEnd()
  const block = lines.length > 0 ? [BEGIN, ...lines, END].join("\n") : ""
  const parts = [others, block].filter((part) => part !== "")
  return parts.length > 0 ? `${parts.join("\n")}\n` : ""
}

/** Points the module's constructor arguments at the local images, for every call from this checkout. */
export function writeBlock(file, lines) {
  const before = existsSync(file) ? readFileSync(file, "utf8") : ""
  const after = withBlock(before, lines)
  if (after !== before) writeFileSync(file, after)
}
