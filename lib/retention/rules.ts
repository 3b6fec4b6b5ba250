import type { Settings } from "../config/settings.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"

/** A tag with * for any characters, none too; every registry's policy has that much. */
export type TagPattern = string & { readonly brand: "TagPattern" }

const PATTERN_SHAPE = /^[A-Za-z0-9_.*-]{1,128}$/

export function parseTagPattern(text: string): TagPattern {
  if (PATTERN_SHAPE.test(text)) return text as TagPattern
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

/** Images whose tags match one of the patterns: for ever, or while they are among the last or no older than the days. */
export type Rule = { tags: TagPattern[]; last?: number; days?: number }

/** `untagged` is in days. */
export type RuleSet = { rules: Rule[]; untagged?: number }

const LIMIT = /^(last|days)=([1-9][0-9]{0,3})$/
const RULE_SHAPE = "PATTERN… [last=N] [days=N]"

/** A caller's rules, or else those of the settings; the first one that a tag matches decides about it. */
export function parseRules(keep: string[], settings: Settings["retention"]): RuleSet {
  const rules = keep.length ? keep.map(parseRule) : (settings?.keep ?? []).map(readRule)
  if (rules.length > 0) return { rules, ...(settings?.untagged && { untagged: settings.untagged }) }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "rules that say which images are kept",
    got: "none",
    fix: `Pass --keep="v*","pr-* days=7","* last=20", or write them under retention in slipway.yaml (with --source).`,
  })
}

function readRule({ tags, last, days }: NonNullable<Settings["retention"]>["keep"][number]): Rule {
  return { tags: tags.map(parseTagPattern), ...(last && { last }), ...(days && { days }) }
}

function parseRule(text: string): Rule {
  const words = text.split(/\s+/).filter((word) => word !== "")
  const limits = words.filter((word) => word.includes("="))
  const tags = words.filter((word) => !word.includes("=")).map(parseTagPattern)
  const read = limits.map((word) => word.match(LIMIT) ?? [])
  const names = read.map(([, name]) => name)
  if (tags.length === 0 || names.includes(undefined) || new Set(names).size < names.length) throw notARule(text)
  return { tags, ...Object.fromEntries(read.map(([, name, value]) => [name, Number(value)])) }
}

/** Which rule decides about a tag, if any does. */
export function ruleOf(tag: string, rules: Rule[]): Rule | undefined {
  return rules.find(({ tags }) => tags.some((pattern) => matchesTag(pattern, tag)))
}

export function isForEver({ last, days }: Rule): boolean {
  return last === undefined && days === undefined
}

/** A rule as a person reads it. */
export function renderRule({ tags, last, days }: Rule): string {
  const limits = [...(last ? [`the last ${last}`] : []), ...(days ? [`${days} days`] : [])]
  return `${tags.join(", ")}: ${limits.join(" or ") || "for ever"}`
}

function notARule(text: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${RULE_SHAPE} for each of --keep`,
    got: quote(text),
    fix: 'Such as "v* latest", which is for ever, or "main-* last=20 days=30", of which one is enough; numbers go to 9999.',
  })
}

/** What a policy is for. */
export type PolicyTarget = { repository: Repository; harborProject?: number; manifestsPerImage: number }

/** A policy as the registry takes it, how it is put there, and what it cannot say. */
export type Policy = { document: unknown; apply: string; notes: string[] }

/** No registry knows what runs: what is deployed has a tag of this kind, which every policy keeps for ever. */
export const IN_USE = "in-use-*" as TagPattern
/** Where clients keep signatures and attestations without the referrers API; an image they belong to is never asked for. */
export const COMPANIONS = "sha256-*" as TagPattern
