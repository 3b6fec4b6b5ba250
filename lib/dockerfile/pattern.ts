// All of them are undefined for a pattern that BuildKit refuses.
type Trim = { pattern: string; longest: boolean }

/** ${value#pattern}; with ## the longest match. */
export function removePrefix(value: string, { pattern, longest }: Trim): string | undefined {
  const parts = partsOf(pattern)
  return parts && value.replace(toRegExp(parts, { longest, anchored: true }), "")
}

/** ${value%pattern}; with %% the longest match. The shortest at the end is the first from behind. */
export function removeSuffix(value: string, { pattern, longest }: Trim): string | undefined {
  const parts = partsOf(pattern)
  if (!parts) return undefined
  const backwards = toRegExp(parts.reverse(), { longest, anchored: true })
  return reverse(reverse(value).replace(backwards, ""))
}

/** ${value/pattern/replacement}; with // each match. */
export function replacePattern(
  value: string,
  { pattern, replacement, all }: { pattern: string; replacement: string; all: boolean },
): string | undefined {
  const parts = partsOf(pattern)
  if (!parts) return undefined
  const matches = [...value.matchAll(toRegExp(parts, { longest: true, anchored: false }))]
  let text = ""
  let at = 0
  for (const [count, { 0: match, index }] of matches.entries()) {
    // an empty match right behind another is none, as in Go
    if ((!all && count > 0) || (match === "" && count > 0 && index === at)) continue
    text += value.slice(at, index) + replacement
    at = index + match.length
  }
  return text + value.slice(at)
}

type Part = { char: string; escaped: boolean }

/** A } or / had to be escaped to be part of the pattern at all, and stands for itself. */
function partsOf(pattern: string): Part[] | undefined {
  const parts: Part[] = []
  const chars = [...pattern]
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? ""
    if (char !== "\\") parts.push({ char, escaped: false })
    else {
      const following = chars[++at]
      if (following === undefined || !"*?\\}/".includes(following)) return undefined
      parts.push({ char: following, escaped: true })
    }
  }
  return parts
}

// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_13, without what stands in brackets
function toRegExp(parts: Part[], { longest, anchored }: { longest: boolean; anchored: boolean }): RegExp {
  const source = parts.map(({ char, escaped }) => {
    if (char === "*" && !escaped) return longest ? ".*" : ".*?"
    if (char === "?" && !escaped) return "."
    return char.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")
  })
  return new RegExp((anchored ? "^" : "") + source.join(""), anchored ? "u" : "gu")
}

function reverse(text: string): string {
  return [...text].reverse().join("")
}
