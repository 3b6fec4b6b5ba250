import { quote, SlipwayError } from "../../error.ts"
import type { Edit, EditResult } from "./edit.ts"
import { planSingle } from "./image-fields.ts"
import { hasHost } from "./image-keys.ts"
import { type NewImage, partText, valueText } from "./new-image.ts"
import { spliceText } from "./splice.ts"
import { nameList } from "./yaml/cursor.ts"

// A quoted value may span lines; an unquoted one ends before a comment or at the end of the line.
const ENTRY =
  /^(\uFEFF?[ \t]*(?:export[ \t]+)?)([A-Za-z_][A-Za-z0-9_.-]*)([ \t]*=[ \t]*)("(?:[^"\\]|\\[\s\S])*"|'[^']*'|`[^`]*`|[^\r\n]*?)(?=[ \t]*(?:[ \t]#[^\r\n]*)?\r?$)/gm

type Entry = { key: string; raw: string; start: number; end: number }

/** Edits the value of a key in a .env file, and keeps its quotes. */
export function applyDotenv(text: string, { key, part, image }: Extract<Edit, { kind: "env" }>): EditResult {
  const all = readEntries(text)
  const { raw, start, end } = requireEntry(key, all)
  const { quotes, text: current } = unquote(raw)
  const after = part ? valueText(current, { part, image }) : inferText(key, { current, all, image })
  const pinned = after.includes(partText(image, "hex") ?? "")
  if (after === current) return { text, changes: [], notes: [], pinned }
  const changed = spliceText(text, [{ start, end, text: quotes + after + quotes }])
  requireWritten(changed, { key, raw: quotes + after + quotes })
  return { text: changed, changes: [{ path: key, before: current, after }], notes: [], pinned }
}

/** Reads the entry again to verify the written value. */
function requireWritten(text: string, { key, raw }: { key: string; raw: string }): void {
  const { raw: found } = requireEntry(key, readEntries(text))
  if (found === raw) return
  throw new SlipwayError("EDIT_INVALID", {
    expected: `${key}=${raw} after the edit`,
    got: quote(found),
    fix: "Write the value by hand once, on the line of its key, and run this again.",
  })
}

function readEntries(text: string): Entry[] {
  return [...text.matchAll(ENTRY)].map(({ index, 1: lead = "", 2: key = "", 3: sign = "", 4: raw = "" }) => {
    const start = index + lead.length + key.length + sign.length
    return { key, raw, start, end: start + raw.length }
  })
}

function unquote(raw: string): { quotes: string; text: string } {
  const [, quotes = ""] = raw.match(/^(["'`])[\s\S]*\1$/) ?? []
  return { quotes, text: quotes ? raw.slice(1, -1) : raw }
}

/** Keys without a prefix, which may apply to all images of the file. */
const COMMON = /^(?:IMAGE_)?(?:TAG|VERSION|REGISTRY)$/

/** The siblings of APP_IMAGE_TAG are the keys with the prefix APP_IMAGE_, and a tag or registry for the whole file. */
function inferText(key: string, { current, all, image }: { current: string; all: Entry[]; image: NewImage }): string {
  const prefix = key.slice(0, key.lastIndexOf("_") + 1)
  const fieldsOf = (entries: Entry[], start: string) =>
    Object.fromEntries(entries.map((one) => [one.key.slice(start.length).toLowerCase(), unquote(one.raw).text]))
  const common = all.filter((one) => COMMON.test(one.key) && !(hasHost(current) && one.key.endsWith("REGISTRY")))
  const siblings = all.filter((one) => one.key.startsWith(prefix))
  const name = key.slice(prefix.length).toLowerCase()
  const fields = { ...fieldsOf(common, ""), ...fieldsOf(siblings, prefix), [name]: current }
  return planSingle(name, { fields, image, around: all.map((one) => unquote(one.raw).text) })
}

/** Refuses a duplicate key: some readers use its first line, some its last. */
function requireEntry(key: string, all: Entry[]): Entry {
  const found = all.filter((one) => one.key === key)
  if (found.length === 1 && found[0]) return found[0]
  throw new SlipwayError(found.length ? "EDIT_INVALID" : "IMAGE_NOT_FOUND", {
    expected: `the key ${key} once`,
    got: found.length ? `${found.length} lines of it` : nameList(all.map((one) => one.key)),
    fix: found.length ? "Remove all lines of the key but one." : "Correct the key in --edits, or add it to the file.",
  })
}
