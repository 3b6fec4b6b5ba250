/** Names under which people pass secrets; a whole word of it, so that TOKENIZER is none. */
const NAME = /(?:^|_)(?:PASSWORD|PASSWD|PASS|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?|AUTH)(?:_|$)/i

/** How the values of well-known kinds begin: https://docs.github.com/code-security/secret-scanning */
const VALUES: [RegExp, string][] = [
  [/^gh[pousr]_[A-Za-z0-9]{36,}$|^github_pat_\w{22,}$/, "a GitHub token"],
  [/^glpat-[\w-]{20,}$/, "a GitLab token"],
  [/^npm_[A-Za-z0-9]{36}$/, "an npm token"],
  [/^(?:AKIA|ASIA)[A-Z0-9]{16}$/, "an AWS access key"],
  [/^xox[abprs]-[\w-]{10,}$/, "a Slack token"],
  [/^AIza[\w-]{35}$/, "a Google API key"],
  [/^sk_live_[A-Za-z0-9]{16,}$/, "a Stripe key"],
  [/^dckr_pat_[\w-]{20,}$/, "a Docker token"],
  [/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]*$/, "a JSON web token"],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]+:[^/\s@]+@/i, "an address with a password"],
]

/** Why a build arg looks like a secret; undefined if it does not. Never the value itself. */
export function secretShape(name: string, value: string): string | undefined {
  const shape = VALUES.find(([pattern]) => pattern.test(value))?.[1]
  if (shape) return `its value looks like ${shape}`
  return value !== "" && NAME.test(name) ? "its name says that it is a secret" : undefined
}
