/** The values of a Dockerfile's variables, and its escape character. */
type Scope = { values: Record<string, string>; escapeChar: string }

/** `unset` are the variables in the text without a value; `fault` is the reason why BuildKit refuses the text. */
type Expansion = { text: string; unset: string[]; fault?: string }

/**
 * Replaces variables and removes quotes and escapes, like BuildKit's shell lexer:
 * https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(text: string, { values, escapeChar }: Scope): Expansion {
  const reader: Reader = { chars: [...text], at: 0, values, escapeChar, unset: new Set() }
  const expanded = readUntil(reader, undefined, PLAIN)
  return { text: expanded, unset: [...reader.unset], ...(reader.fault && { fault: reader.fault }) }
}

type Reader = Scope & { chars: string[]; at: number; unset: Set<string>; fault?: string }

/** A pattern keeps its escapes, because they mark its literal characters. */
type Mode = { keepsEscapes: boolean; isPattern: boolean }
const PLAIN: Mode = { keepsEscapes: false, isPattern: false }
const PATTERN: Mode = { keepsEscapes: true, isPattern: true }
const REPLACEMENT: Mode = { keepsEscapes: true, isPattern: false }

function readUntil(reader: Reader, stop: string | undefined, mode: Mode): string {
  let text = ""
  for (let char = next(reader); char !== undefined; char = next(reader)) {
    if (char === stop) return text
    if (char === "'") text += readSingleQuoted(reader, mode)
    else if (char === '"') text += readDoubleQuoted(reader, mode)
    else if (char === "$") text += readVariable(reader)
    else if (char === reader.escapeChar) text += (mode.keepsEscapes ? char : "") + (next(reader) ?? "")
    else text += char
  }
  return stop ? fail(reader, `no ${stop} ends the variable`) : text
}

function readSingleQuoted(reader: Reader, { isPattern }: Mode): string {
  let text = ""
  for (let char = next(reader); char !== "'"; char = next(reader)) {
    if (char === undefined) return fail(reader, "a single quote is not closed")
    text += isPattern && char === reader.escapeChar ? char + char : char
  }
  return text
}

function readDoubleQuoted(reader: Reader, { keepsEscapes }: Mode): string {
  let text = ""
  for (let char = next(reader); char !== '"'; char = next(reader)) {
    if (char === undefined) return fail(reader, "a double quote is not closed")
    if (char === "$") text += readVariable(reader)
    else if (char !== reader.escapeChar) text += char
    else text += readEscaped(reader, keepsEscapes)
  }
  return text
}

/** In double quotes the escape character escapes only these characters; before any other it is literal. */
function readEscaped(reader: Reader, keepsEscapes: boolean): string {
  const { escapeChar } = reader
  const following = peek(reader)
  if (following === undefined) return ""
  if (!['"', "$", escapeChar].includes(following)) return keepsEscapes ? escapeChar + escapeChar : escapeChar
  reader.at++
  return keepsEscapes ? escapeChar + following : following
}

function readVariable(reader: Reader): string {
  if (peek(reader) === "{") {
    reader.at++
    return readBraced(reader)
  }
  const name = readName(reader)
  return name ? (readValue(reader, name) ?? "") : "$"
}

function readBraced(reader: Reader): string {
  const name = readName(reader)
  const first = next(reader)
  if (first === undefined) return fail(reader, "no } ends the variable")
  if (!name && [":", "{", "}"].includes(first)) return fail(reader, "a variable has no name")
  if (first === "}") return readValue(reader, name) ?? ""
  if (first === "/") return readReplacement(reader, name)
  const emptyIsUnset = first === ":"
  const operator = emptyIsUnset ? next(reader) : first
  if (operator === "-" || operator === "+" || operator === "?") {
    return choose(reader, { name, operator, emptyIsUnset, word: readUntil(reader, "}", PLAIN) })
  }
  if (!emptyIsUnset && (operator === "#" || operator === "%")) return readTrimmed(reader, { name, operator })
  return fail(reader, `${name} has the unknown modifier ${emptyIsUnset ? ":" : ""}${operator ?? ""}`)
}

type Choice = { name: string; operator: "-" | "+" | "?"; emptyIsUnset: boolean; word: string }

function choose(reader: Reader, { name, operator, emptyIsUnset, word }: Choice): string {
  const value = lookUp(reader, name)
  const counts = value !== undefined && !(emptyIsUnset && value === "")
  switch (operator) {
    case "-":
      return counts ? value : word
    case "+":
      return counts ? word : ""
    case "?":
      if (counts) return value
      reader.unset.add(name)
      return fail(reader, `${name}: ${word || `it must not be ${value === undefined ? "unset" : "empty"}`}`)
  }
}

function readTrimmed(reader: Reader, { name, operator }: { name: string; operator: "#" | "%" }): string {
  const word = readUntil(reader, "}", PATTERN)
  const value = readValue(reader, name) ?? ""
  const longest = word.startsWith(operator)
  const pattern = longest ? word.slice(1) : word
  const trim = operator === "#" ? removePrefix : removeSuffix
  return trim(value, { pattern, longest }) ?? failPattern(reader, pattern)
}

function readReplacement(reader: Reader, name: string): string {
  const all = peek(reader) === "/"
  if (all) reader.at++
  const pattern = readUntil(reader, "/", PATTERN)
  const replacement = readUntil(reader, "}", REPLACEMENT)
  return replacePattern(readValue(reader, name) ?? "", { pattern, replacement, all }) ?? failPattern(reader, pattern)
}

// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_05_02: no special parameter has a value here
const SPECIAL = /[@*#?\-$!]/
const LETTER = /[\p{L}_]/u
const DIGIT = /\p{Nd}/u

function readName(reader: Reader): string {
  const first = peek(reader) ?? ""
  if (SPECIAL.test(first)) {
    reader.at++
    return first
  }
  const isPart = DIGIT.test(first)
    ? (char: string) => DIGIT.test(char)
    : (char: string) => LETTER.test(char) || DIGIT.test(char)
  let name = ""
  for (let char = peek(reader); char !== undefined && isPart(char); char = peek(reader)) {
    name += char
    reader.at++
  }
  return name
}

/** The value of a variable, recorded as unset if it is empty. */
function readValue(reader: Reader, name: string): string | undefined {
  const value = lookUp(reader, name)
  if (!value) reader.unset.add(name)
  return value
}

function lookUp({ values }: Reader, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function peek({ chars, at }: Reader): string | undefined {
  return chars[at]
}

function next(reader: Reader): string | undefined {
  return reader.chars[reader.at++]
}

/** Keeps the first fault: later ones may follow from it. */
function fail(reader: Reader, problem: string): string {
  reader.fault ??= problem
  return ""
}

function failPattern(reader: Reader, pattern: string): string {
  return fail(reader, `the pattern ${pattern} escapes a character that is not special`)
}

// These functions return undefined for a pattern that BuildKit refuses.
type Trim = { pattern: string; longest: boolean }

/** ${value#pattern}; with ## the longest match. */
export function removePrefix(value: string, { pattern, longest }: Trim): string | undefined {
  const parts = partsOf(pattern)
  return parts && value.replace(toRegExp(parts, { longest, anchored: true }), "")
}

/** ${value%pattern}; with %% the longest match. The shortest suffix is the first match on the reversed value. */
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
    // an empty match right after another one does not count, as in Go
    if ((!all && count > 0) || (match === "" && count > 0 && index === at)) continue
    text += value.slice(at, index) + replacement
    at = index + match.length
  }
  return text + value.slice(at)
}

type Part = { char: string; escaped: boolean }

/** A } or / is part of a pattern only if it is escaped, and is then literal. */
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

// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_13, without bracket expressions
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
