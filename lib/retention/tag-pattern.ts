import { quote, SlipwayError } from "../error.ts"

/** A tag with * for any characters, none too; every registry's policy has that much. */
export type TagPattern = string & { readonly brand: "TagPattern" }

const SHAPE = /^[A-Za-z0-9_.*-]{1,128}$/

export function parseTagPattern(text: string): TagPattern {
  if (SHAPE.test(text)) return text as TagPattern
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a pattern of tags, such as v* or pr-*",
    got: quote(text),
    fix: "It may hold letters, digits, dots, dashes, underscores and *, which stands for any of them.",
  })
}

/** The pattern as an anchored regular expression, in the words that JavaScript and Go share. */
export function patternSource(pattern: TagPattern): string {
  return `^${pattern.replaceAll(".", "\\.").replace(/\*+/g, ".*")}$`
}

export function matchesTag(pattern: TagPattern, tag: string): boolean {
  return new RegExp(patternSource(pattern)).test(tag)
}

/** Whether any tag at all matches both: where one registry counts, another must not count something else. */
export function overlap(left: string, right: string): boolean {
  if (left === "" || right === "") return /^\**$/.test(left + right)
  const [a, b] = [left[0], right[0]]
  if (a === "*") return overlap(left.slice(1), right) || (b === "*" ? overlap(left, right.slice(1)) : skip(left, right))
  if (b === "*") return overlap(right, left)
  return a === b && overlap(left.slice(1), right.slice(1))
}

/** The star of the left takes the next character of the right. */
function skip(left: string, right: string): boolean {
  return overlap(left, right.slice(1))
}

/** The beginning that all its tags share, where a format knows no more; undefined for any other pattern. */
export function prefixOf(pattern: TagPattern): string | undefined {
  return pattern.match(/^([^*]*)\*$/)?.[1]
}
