import { expect, test } from "vitest"
import { parseAuthor, parseMessageTemplate, renderMessage } from "../../lib/gitops/commit-message.ts"
import type { BumpTrailers } from "../../lib/gitops/trailers.ts"
import { parseDigestRef } from "../../lib/oci/reference.ts"
import { DEFAULT_MESSAGE } from "../../src/defaults.ts"

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
