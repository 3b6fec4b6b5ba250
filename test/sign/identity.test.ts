import { describe, expect, test } from "vitest"
import { parseIdentity } from "../../lib/sign/identity.ts"

const WORKFLOW = "https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main"
const ISSUER = "https://token.actions.githubusercontent.com"

describe("an identity", () => {
  test.each([
    { kind: "subject" as const, exact: WORKFLOW },
    { kind: "subject" as const, exact: "release@acme.example" },
    { kind: "issuer" as const, exact: ISSUER },
  ])("$exact is compared letter by letter", ({ kind, exact }) => {
    expect(parseIdentity(kind, { exact })).toEqual({ kind: "exact", value: exact })
  })

  test.each([
    String.raw`^https://github\.com/acme/app/\.github/workflows/release\.yml@refs/tags/v[0-9.]+$`,
    String.raw`^https://github\.com/acme/(?:app|api)/\.github/workflows/release\.yml@refs/heads/main$`,
    String.raw`^https://github\.com/acme/app/\.github/workflows/release\.yml@refs/heads/.+$`,
    "^release@acme[.]example$",
  ])("may be the pattern %s, which lets in nobody else", (pattern) => {
    expect(parseIdentity("subject", { pattern })).toEqual({ kind: "pattern", value: pattern })
  })
})

describe("refused", () => {
  test.each([
    { name: "everybody", pattern: ".*", because: "without ^ and $" },
    {
      name: "everybody, anchored",
      pattern: "^.*$",
      because: "it lets in strangers, such as https://github.com/stranger",
    },
    { name: "any workflow at GitHub", pattern: "^https://github.com/.*$", because: "it lets in strangers" },
    { name: "any project at GitLab", pattern: "^https://gitlab\\.com/.+$", because: "it lets in strangers" },
    { name: "any mailbox", pattern: "^[^/@]+@[^/]+$", because: "it lets in strangers, such as stranger-7f3a@" },
    { name: "nothing", pattern: "", because: "an empty pattern matches everybody" },
    { name: "a blank", pattern: "  ", because: "an empty pattern matches everybody" },
    { name: "no end", pattern: "^https://github\\.com/acme/app", because: "without ^ and $" },
    { name: "no beginning", pattern: "acme/app$", because: "without ^ and $" },
    {
      name: "an escaping alternative",
      pattern: "^https://a\\.example|b$",
      because: "an alternative outside of parentheses",
    },
    { name: "a dot for any letter", pattern: "^https://github.com/acme/app$", because: "a dot stands for any letter" },
    { name: "no regular expression", pattern: "^(acme$", because: "it is no regular expression" },
  ])("$name, as a pattern: $because", ({ pattern, because }) => {
    expect(() => parseIdentity("subject", { pattern })).toThrow(
      "OPTIONS_INVALID: expected the exact identity of the signer",
    )
    expect(() => parseIdentity("subject", { pattern })).toThrow(because)
  })

  test.each([
    { name: "nothing", text: {}, because: "anybody whom the service knows" },
    { name: "an empty one", text: { exact: "" }, because: "anybody whom the service knows" },
    {
      name: "a pattern given as exact",
      text: { exact: "https://github.com/acme/.*" },
      because: "it reads like a pattern",
    },
    { name: "both", text: { exact: WORKFLOW, pattern: "^a$" }, because: "one would not count" },
  ])("$name: $because", ({ text, because }) => {
    expect(() => parseIdentity("subject", text)).toThrow(because)
  })

  test("an issuer that is any issuer", () => {
    expect(() => parseIdentity("issuer", { pattern: "^https://.+$" })).toThrow("such as https://issuer.stranger")
    expect(() => parseIdentity("issuer", {})).toThrow(`such as ${ISSUER}`)
  })
})
