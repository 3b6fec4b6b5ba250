import { describe, expect, test } from "vitest"
import {
  type BumpTrailers,
  parseAuthor,
  parseMessageTemplate,
  parseTrailers,
  renderMessage,
  renderTrailers,
} from "../../lib/gitops/commit-message.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { DEFAULT_MESSAGE } from "../../src/defaults.ts"

describe("trailers", () => {
  const ref = parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`)
  const full: BumpTrailers = {
    kind: "bump",
    bumps: [{ path: "apps/web", image: "acme/web", ref }],
    source: { repository: "https://github.com/acme/web", revision: "4f1c", order: 1_700_000_000 },
    pipeline: "https://ci.example.com/runs/7",
  }

  test("writes one trailer a line, with the whole digest", () => {
    expect(renderTrailers(full)).toBe(
      [
        `Slipway-Bump: apps/web acme/web ghcr.io/acme/web@sha256:${"0a".repeat(32)}`,
        "Source-Repository: https://github.com/acme/web",
        "Source-Revision: 4f1c",
        "Source-Order: 1700000000",
        "Pipeline: https://ci.example.com/runs/7",
      ].join("\n"),
    )
  })

  test.each([
    { name: "everything", trailers: full },
    { name: "nothing but the image", trailers: { kind: "bump" as const, bumps: full.bumps, source: {} } },
    { name: "a rollback", trailers: { ...full, kind: "rollback" as const } },
    { name: "two images", trailers: { ...full, bumps: [...full.bumps, { path: "apps/api", image: "api", ref }] } },
    {
      name: "a path with spaces and umlauts",
      trailers: { ...full, bumps: [{ path: "größe und so", image: "web", ref }] },
    },
  ])("reads back $name", ({ trailers }) => {
    expect(parseTrailers(`Subject\n\nBody\n\n${renderTrailers(trailers)}\n`)).toEqual(trailers)
  })

  test("reads them out of a squashed message, with text around them and Windows line ends", () => {
    const message = `Merge (#7)\r\n\r\n* one\r\n\r\n${renderTrailers(full).replaceAll("\n", "\r\n")}\r\n\r\n* two\r\n\r\nCo-authored-by: x <x@y>`
    expect(parseTrailers(message)).toEqual(full)
  })

  test.each([
    { name: "a message of a person", message: "Fix the ingress\n" },
    { name: "a bump by tag", message: "Slipway-Bump: apps/web acme/web ghcr.io/acme/web:v1" },
    { name: "one word too many", message: `Slipway-Bump: apps/web acme/web ${ref} x` },
    { name: "an order that is no number", message: "Source-Order: 12e5" },
    { name: "an indented one, as in a quoted commit", message: `  Slipway-Bump: apps/web acme/web ${ref}` },
  ])("finds none in $name", ({ message }) => {
    expect(parseTrailers(message)).toEqual({ kind: "bump", bumps: [], source: {} })
  })

  test("a broken escape is left as it stands and stops nobody", () => {
    expect(parseTrailers(`Slipway-Bump: a%zz web ${ref}`).bumps).toEqual([{ path: "a%zz", image: "web", ref }])
  })

  test.each(["\u2028", "\u2029", "\r"])("reads git's lines: %j begins none, and ends none", (end) => {
    const { source } = parseTrailers(`Subject${end}Source-Order: 9\n\nSource-Revision: 4f1c${end}x\n`)
    expect(source).toEqual({ revision: `4f1c${end}x` })
  })
})

describe("commit message", () => {
  const ref = parseDigestRef(`ghcr.io/acme/web@sha256:${"0a".repeat(32)}`)
  const trailers: BumpTrailers = {
    kind: "bump",
    bumps: [{ path: "apps/web", image: "acme/web", ref }],
    source: { revision: "4f1c", order: 7 },
  }
  const author = { name: "Ada", email: "ada@example.com", signOff: false }

  test("says in the subject what moved, and in the trailers the rest", () => {
    expect(renderMessage(DEFAULT_MESSAGE, { trailers, author })).toBe(
      `Bump acme/web to 0a0a0a0a0a0a in apps/web

Slipway-Bump: apps/web acme/web ${ref}
Source-Revision: 4f1c
Source-Order: 7
`,
    )
  })

  test.each([
    { template: "{revision} {order}", text: "4f1c 7" },
    { template: "chore: {ref}", text: `chore: ${ref}` },
    { template: "no placeholder", text: "no placeholder" },
    { template: "of a run: {pipeline}", text: "of a run:" },
    { template: "subject\n\nbody {image}", text: "subject\n\nbody acme/web" },
  ])("fills in $template", ({ template, text }) => {
    expect(renderMessage(template, { trailers, author })).toMatch(
      new RegExp(`^${text.replaceAll(".", "\\.")}\n\nSlipway-Bump: `),
    )
  })

  test("names several images and paths once each", () => {
    const bumps = [...trailers.bumps, { path: "apps/web", image: "acme/api", ref }]
    expect(renderMessage(DEFAULT_MESSAGE, { trailers: { ...trailers, bumps }, author })).toMatch(
      /^Bump acme\/web, acme\/api to 0a0a0a0a0a0a in apps\/web\n/,
    )
  })

  test("a value that looks like a placeholder stays a value", () => {
    const bumps = [{ path: "{ref}", image: "web", ref }]
    expect(renderMessage("{path}", { trailers: { ...trailers, bumps }, author })).toMatch(/^\{ref\}\n/)
  })

  test("signs off as the last trailer, by choice", () => {
    expect(renderMessage("x", { trailers, author: { ...author, signOff: true } })).toMatch(
      /Source-Order: 7\nSigned-off-by: Ada <ada@example.com>\n$/,
    )
  })

  test.each([
    { name: "an unknown placeholder", template: "Bump {img}", got: "{img}" },
    { name: "nothing", template: "  ", got: '"  "' },
  ])("refuses $name in a template", ({ template, got }) => {
    expect(() => parseMessageTemplate(template)).toThrow(`got ${got}. Leave --message out`)
  })

  test.each([
    { name: "no name", author: { name: " ", email: "a@b" } },
    { name: "a name that ends the header", author: { name: "a <b@c>", email: "a@b" } },
    { name: "a second line in the name", author: { name: "a\nSlipway-Kind: rollback", email: "a@b" } },
    { name: "no address", author: { name: "a", email: "a" } },
    { name: "a space in the address", author: { name: "a", email: "a b@c" } },
  ])("refuses an author with $name", ({ author }) => {
    expect(() => parseAuthor({ ...author, signOff: false })).toThrow("OPTIONS_INVALID: expected an author's name")
  })
})
