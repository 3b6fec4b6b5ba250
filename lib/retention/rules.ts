import type { Settings } from "../config/settings.ts"
import { quote, SlipwayError } from "../error.ts"
import type { Repository } from "../oci/reference.ts"

/** A tag in which * matches any characters or none; every registry's policy supports that. */
export type TagPattern = string & { readonly brand: "TagPattern" }

const PATTERN_SHAPE = /^[A-Za-z0-9_.*-]{1,128}$/

export function parseTagPattern(text: string): TagPattern {
  if (PATTERN_SHAPE.test(text)) return text as TagPattern
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a pattern of tags, such as v* or pr-*",
    got: quote(text),
    fix: "Use letters, digits, dots, dashes, underscores and *, which matches any of them.",
  })
}

/** The pattern as an anchored regular expression that JavaScript and Go read in the same way. */
export function patternSource(pattern: TagPattern): string {
  return `^${pattern.replaceAll(".", "\\.").replace(/\*+/g, ".*")}$`
}

export function matchesTag(pattern: TagPattern, tag: string, flags?: "i"): boolean {
  return new RegExp(patternSource(pattern), flags).test(tag)
}

/** Whether any tag can match both patterns. */
export function overlap(left: string, right: string): boolean {
  if (left === "" || right === "") return /^\**$/.test(left + right)
  const [a, b] = [left[0], right[0]]
  if (a === "*") return overlap(left.slice(1), right) || (b === "*" ? overlap(left, right.slice(1)) : skip(left, right))
  if (b === "*") return overlap(right, left)
  return a === b && overlap(left.slice(1), right.slice(1))
}

/** The left star matches the next character of the right. */
function skip(left: string, right: string): boolean {
  return overlap(left, right.slice(1))
}

/** The prefix of a pattern such as v*, for registries with prefixes only; undefined for any other pattern. */
export function prefixOf(pattern: TagPattern): string | undefined {
  return pattern.match(/^([^*]*)\*$/)?.[1]
}

/** Keeps images with a matching tag: for ever, or if they are among the last or not older than the days. */
export type Rule = { tags: TagPattern[]; last?: number; days?: number }

/** `untagged` is in days. */
export type RuleSet = { rules: Rule[]; untagged?: number }

const LIMIT = /^(last|days)=([1-9][0-9]{0,3})$/
const RULE_SHAPE = "PATTERN… [last=N] [days=N]"

/** The caller's rules, or else those of the settings; the first rule that matches a tag decides. */
export function parseRules(keep: string[], settings: Settings["retention"]): RuleSet {
  const rules = keep.length ? keep.map(parseRule) : (settings?.keep ?? []).map(readRule)
  if (rules.length > 0) return { rules, ...(settings?.untagged && { untagged: settings.untagged }) }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "rules for the images to keep",
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

/** The rule that decides about a tag, if any; without regard to case with `i`. */
export function ruleOf(tag: string, rules: Rule[], flags?: "i"): Rule | undefined {
  return rules.find(({ tags }) => tags.some((pattern) => matchesTag(pattern, tag, flags)))
}

export function isForEver({ last, days }: Rule): boolean {
  return last === undefined && days === undefined
}

/** A rule for people. */
export function renderRule({ tags, last, days }: Rule): string {
  const limits = [...(last ? [`the last ${last}`] : []), ...(days ? [`${days} days`] : [])]
  return `${tags.join(", ")}: ${limits.join(" or ") || "for ever"}`
}

function notARule(text: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `${RULE_SHAPE} for each of --keep`,
    got: quote(text),
    fix: 'Write a rule such as "v* latest", which keeps for ever, or "main-* last=20 days=30", which keeps by either limit; numbers go up to 9999.',
  })
}

/** What a registry's policy applies to. */
export type PolicyTarget = { repository: Repository; harborProject?: number; manifestsPerImage: number }

/** A registry's policy, the command that applies it, and notes on its limits. */
export type Policy = { document: unknown; apply: string; notes: string[] }

/** The tags of deployed images, which every policy keeps for ever: no registry knows what is deployed. */
export const IN_USE = "in-use-*" as TagPattern
/** The tags of signatures and attestations without the referrers API; policies keep them independent of their image. */
export const COMPANIONS = "sha256-*" as TagPattern
