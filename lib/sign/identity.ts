import { quote, SlipwayError } from "../error.ts"

/** Whom a certificate must name. An exact one is compared letter by letter; a pattern is for many branches or tags. */
export type Identity = { kind: "exact"; value: string } | { kind: "pattern"; value: string }

/** Strangers of the kinds that Sigstore knows: a pattern that lets one of them in, lets in everybody of that kind. */
const STRANGERS = {
  subject: [
    "https://github.com/stranger-7f3a/tool-7f3a/.github/workflows/release.yml@refs/heads/main",
    "https://gitlab.com/stranger-7f3a/tool-7f3a//.gitlab-ci.yml@refs/heads/main",
    "stranger-7f3a@stranger-7f3a.example",
    "https://accounts.stranger-7f3a.example/build",
  ],
  issuer: ["https://issuer.stranger-7f3a.example", "https://stranger-7f3a.example/token"],
}

/** Reads an identity (a certificate's subject, or its issuer), and refuses a pattern that is none. */
export function parseIdentity(kind: "subject" | "issuer", text: { exact?: string; pattern?: string }): Identity {
  const { exact, pattern } = text
  if (exact !== undefined && pattern !== undefined) throw refused(kind, "both", "one would not count: give one of them")
  if (pattern !== undefined) return { kind: "pattern", value: requirePattern(kind, pattern) }
  if (!exact?.trim()) throw refused(kind, exact ?? "none", "without one, anybody whom the service knows would do")
  if (/[*^$]|\.\+/.test(exact))
    throw refused(kind, exact, "it reads like a pattern, and exact ones are compared letter by letter")
  return { kind: "exact", value: exact }
}

function requirePattern(kind: "subject" | "issuer", pattern: string): string {
  const reason = weakness(kind, pattern)
  if (reason) throw refused(kind, pattern, reason)
  return pattern
}

/** Why a pattern proves nothing; undefined if it does. */
function weakness(kind: "subject" | "issuer", pattern: string): string | undefined {
  if (!pattern.trim()) return "an empty pattern matches everybody"
  if (!pattern.startsWith("^") || !pattern.endsWith("$")) {
    return "without ^ and $ it also matches a longer name that merely contains it"
  }
  if (hasBareAlternative(pattern)) return "an alternative outside of parentheses escapes ^ or $: write ^(?:a|b)$"
  const matches = compile(pattern)
  if (!matches) return "it is no regular expression"
  const stranger = STRANGERS[kind].find(matches)
  if (stranger) return `it lets in strangers, such as ${stranger}`
  if (/(?<!\\)\.(?![*+?{])/.test(pattern.replace(/\[[^\]]*\]/g, ""))) return "a dot stands for any letter: write \\."
  return undefined
}

function hasBareAlternative(pattern: string): boolean {
  let depth = 0
  for (const token of pattern.match(/\\.|\[(?:\\.|[^\]])*\]|[\s\S]/g) ?? []) {
    if (token === "(") depth++
    if (token === ")") depth--
    if (token === "|" && depth === 0) return true
  }
  return false
}

function compile(pattern: string): ((text: string) => boolean) | undefined {
  try {
    const shape = new RegExp(pattern)
    return (text) => shape.test(text)
  } catch {
    return undefined
  }
}

function refused(kind: "subject" | "issuer", got: string, because: string): SlipwayError {
  const example =
    kind === "subject"
      ? "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
      : "https://token.actions.githubusercontent.com"
  return new SlipwayError("OPTIONS_INVALID", {
    expected: `the exact ${kind === "subject" ? "identity" : "issuer"} of the signer, such as ${example}`,
    got: quote(got),
    fix: `It is refused because ${because}.`,
  })
}
