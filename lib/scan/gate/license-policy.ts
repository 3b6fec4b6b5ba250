import { quote, SlipwayError } from "../../error.ts"

/**
 * The licences that an image may and may not contain, as SPDX ids; `AGPL-*` is every id with that beginning. With `allow`,
 * every other licence fails, also an unknown one.
 */
export type LicensePolicy = { allow: string[]; deny: string[] }

/** SPDX's word for a package that states no licence: https://spdx.github.io/spdx-spec/v2.3/package-information/ */
export const NO_LICENSE = "NOASSERTION"

/** Why the policy does not permit a licence; undefined for one that it permits. */
export function licenseRefusal(license: string, policy: LicensePolicy): string | undefined {
  const verdict = judgeExpression(parseExpression(license) ?? { kind: "license", id: license.trim() }, policy)
  switch (verdict) {
    case "permitted":
      return undefined
    case "denied":
      return "denied licence"
    case "notAllowed":
      return license === NO_LICENSE ? "no known licence" : "licence not allowed"
  }
}

type Verdict = "permitted" | "notAllowed" | "denied"

/** From the best to the worst. */
const VERDICTS: Verdict[] = ["permitted", "notAllowed", "denied"]

/** Of alternatives the licensee chooses one; joined licences all apply. */
function judgeExpression(expression: Expression, policy: LicensePolicy): Verdict {
  if (expression.kind === "license") return judgeLicense(expression.id, policy)
  const ranks = expression.parts.map((part) => VERDICTS.indexOf(judgeExpression(part, policy)))
  return VERDICTS[expression.kind === "or" ? Math.min(...ranks) : Math.max(...ranks)] ?? "denied"
}

/** An entry for a licence with its exception comes first; an exception only adds permissions to a licence that is allowed. */
function judgeLicense(id: string, { allow, deny }: LicensePolicy): Verdict {
  const [license = id] = id.split(/ WITH /i)
  const excepted = license !== id
  if (deny.some((entry) => matches(id, entry))) return "denied"
  if (excepted && allow.some((entry) => matches(id, entry))) return "permitted"
  if (deny.some((entry) => matches(license, entry))) return "denied"
  return allow.length === 0 || allow.some((entry) => matches(license, entry)) ? "permitted" : "notAllowed"
}

function matches(id: string, entry: string): boolean {
  const [name, pattern] = [normalise(id), normalise(entry)]
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** The ids of SPDX before 3.0 for the GNU licences: https://spdx.org/licenses/ */
function normalise(id: string): string {
  const name = id.trim().replace(/\s+/g, " ").toLowerCase()
  const [, gnu, plus] = name.match(/^((?:a|l)?gpl-\d+\.\d+|gfdl-\d+\.\d+)(\+)?$/) ?? []
  if (gnu) return `${gnu}-${plus ? "or-later" : "only"}`
  return name
}

type Expression = { kind: "license"; id: string } | { kind: "and" | "or"; parts: Expression[] }

/** Parses an SPDX expression: https://spdx.github.io/spdx-spec/v2.3/SPDX-license-expressions/; undefined for other text. */
function parseExpression(text: string): Expression | undefined {
  const tokens = text.match(/[()]|[^\s()]+/g) ?? []
  const rest = [...tokens]
  const expression = parseOperands("or", rest)
  return rest.length === 0 ? expression : undefined
}

/** AND binds more tightly than OR. */
function parseOperands(operator: "and" | "or", rest: string[]): Expression | undefined {
  const parts: Expression[] = []
  do {
    const part = operator === "or" ? parseOperands("and", rest) : parseOperand(rest)
    if (!part) return undefined
    parts.push(part)
  } while (isWord(rest[0], operator) && rest.shift())
  const [only] = parts
  return only && parts.length === 1 ? only : { kind: operator, parts }
}

function parseOperand(rest: string[]): Expression | undefined {
  const first = rest.shift()
  if (first === "(") {
    const inner = parseOperands("or", rest)
    return rest.shift() === ")" ? inner : undefined
  }
  if (first === undefined || first === ")" || ["and", "or", "with"].some((word) => isWord(first, word)))
    return undefined
  if (!isWord(rest[0], "with")) return { kind: "license", id: first }
  rest.shift()
  const exception = rest.shift()
  return exception === undefined ? undefined : { kind: "license", id: `${first} WITH ${exception}` }
}

function isWord(token: string | undefined, word: string): boolean {
  return token?.toLowerCase() === word
}

/** An entry that is no id would match nothing, so that a denied licence would pass. */
export function requireLicensePolicy(policy: LicensePolicy): LicensePolicy {
  for (const [list, entries] of Object.entries(policy)) {
    const wrong = entries.find((entry) => !ENTRY.test(entry))
    if (wrong === undefined) continue
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: `SPDX ids in scan.licenses.${list}, such as MIT, GPL-3.0-only or AGPL-*`,
      got: quote(wrong),
      fix: "See https://spdx.org/licenses; write each licence of an expression as an entry of its own.",
    })
  }
  return policy
}

const ENTRY = /^[A-Za-z0-9][A-Za-z0-9.+:-]*(?: WITH [A-Za-z0-9.-]+)?\*?$/
