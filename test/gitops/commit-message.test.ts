import { describe, expect, test } from "vitest"
import {
  type BumpTrailers,
  DEFAULT_MESSAGE,
  parseAuthor,
  parseMessageTemplate,
  parseTrailers,
  renderMessage,
  renderTrailers,
} from "../../lib/gitops/commit-message.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"

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
    { name: "all trailers", trailers: full },
    { name: "the bump's trailer alone", trailers: { kind: "bump" as const, bumps: full.bumps, source: {} } },
    { name: "a preview", trailers: { ...full, kind: "preview" as const } },
    { name: "a rollback", trailers: { ...full, kind: "rollback" as const } },
    { name: "two images", trailers: { ...full, bumps: [...full.bumps, { path: "apps/api", image: "api", ref }] } },
    {
      name: "a path with spaces and umlauts",
      trailers: { ...full, bumps: [{ path: "größe und so", image: "web", ref }] },
    },
  ])("reads back $name", ({ trailers }) => {
    expect(parseTrailers(`Subject\n\nBody\n\n${renderTrailers(trailers)}\n`)).toEqual(trailers)
  })

  test("reads trailers in a squashed message, with text around them and CRLF line endings", () => {
    const message = `Merge (#7)\r\n\r\n* one\r\n\r\n${renderTrailers(full).replaceAll("\n", "\r\n")}\r\n\r\n* two\r\n\r\nCo-authored-by: x <x@y>`
    expect(parseTrailers(message)).toEqual(full)
  })

  test.each([
    { name: "a message without trailers", message: "Fix the ingress\n" },
    { name: "a bump by tag", message: "Slipway-Bump: apps/web acme/web ghcr.io/acme/web:v1" },
    { name: "a bump with an extra field", message: `Slipway-Bump: apps/web acme/web ${ref} x` },
    { name: "an order that is not an integer", message: "Source-Order: 12e5" },
    { name: "an indented trailer, as in a quoted commit", message: `  Slipway-Bump: apps/web acme/web ${ref}` },
  ])("reads no trailers from $name", ({ message }) => {
    expect(parseTrailers(message)).toEqual({ kind: "bump", bumps: [], source: {} })
  })

  test("keeps the text of a trailer with an invalid escape", () => {
    expect(parseTrailers(`Slipway-Bump: a%zz web ${ref}`).bumps).toEqual([{ path: "a%zz", image: "web", ref }])
  })

  test.each(["\u2028", "\u2029", "\r"])("does not read %j as the end of a line", (end) => {
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

  test("renders the image in the subject and the rest in trailers", () => {
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

  test("names each of several images and paths once in the subject", () => {
    const bumps = [...trailers.bumps, { path: "apps/web", image: "acme/api", ref }]
    expect(renderMessage(DEFAULT_MESSAGE, { trailers: { ...trailers, bumps }, author })).toMatch(
      /^Bump acme\/web, acme\/api to 0a0a0a0a0a0a in apps\/web\n/,
    )
  })

  test("does not fill in a placeholder that a value contains", () => {
    const bumps = [{ path: "{ref}", image: "web", ref }]
    expect(renderMessage("{path}", { trailers: { ...trailers, bumps }, author })).toMatch(/^\{ref\}\n/)
  })

  test("adds Signed-off-by as the last trailer if signOff is set", () => {
    expect(renderMessage("x", { trailers, author: { ...author, signOff: true } })).toMatch(
      /Source-Order: 7\nSigned-off-by: Ada <ada@example.com>\n$/,
    )
  })

  test.each([
    { name: "an unknown placeholder", template: "Bump {img}", got: "{img}" },
    { name: "a blank text", template: "  ", got: '"  "' },
  ])("refuses $name as a message template", ({ template, got }) => {
    expect(() => parseMessageTemplate(template)).toThrow(`got ${got}. Correct --message, or omit it`)
  })

  test.each([
    { name: "no name", author: { name: " ", email: "a@b" } },
    { name: "a name that ends the header", author: { name: "a <b@c>", email: "a@b" } },
    { name: "a second line in the name", author: { name: "a\nSlipway-Kind: rollback", email: "a@b" } },
    { name: "an address without @", author: { name: "a", email: "a" } },
    { name: "a space in the address", author: { name: "a", email: "a b@c" } },
  ])("refuses an author with $name", ({ author }) => {
    expect(() => parseAuthor({ ...author, signOff: false })).toThrow("OPTIONS_INVALID: expected an author's name")
  })
})

test("a bump of a commit on newer bases names when its run began", () => {
  const source = { revision: "f00d", order: 7, refresh: 1_800_000_000 }
  const text = renderTrailers({ kind: "bump", bumps: [], source })
  expect(text).toBe("Source-Revision: f00d\nSource-Order: 7\nSource-Refresh: 1800000000")
  expect(parseTrailers(text).source).toEqual(source)
  expect(parseTrailers("Source-Refresh: soon").source).toEqual({})
})
