import type { Settings } from "../config/settings.ts"
import { quote, SlipwayError } from "../error.ts"
import { matchesTag, parseTagPattern, type TagPattern } from "./tag-pattern.ts"

/** Images whose tags match one of the patterns: for ever, or while they are among the last or no older than the days. */
export type Rule = { tags: TagPattern[]; last?: number; days?: number }

/** `untagged` is in days. */
export type RuleSet = { rules: Rule[]; untagged?: number }

const LIMIT = /^(last|days)=([1-9][0-9]{0,3})$/
const SHAPE = "PATTERN… [last=N] [days=N]"

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
    expected: `${SHAPE} for each of --keep`,
    got: quote(text),
    fix: 'Such as "v* latest", which is for ever, or "main-* last=20 days=30", of which one is enough; numbers go to 9999.',
  })
}
