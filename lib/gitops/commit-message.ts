import { DEFAULT_MESSAGE } from "../../src/defaults.ts"
import { quote, SlipwayError } from "../error.ts"
import type { DigestRef } from "../oci/reference.ts"
import { type BumpTrailers, renderTrailers } from "./trailers.ts"

/** Who a commit is by; `signOff` adds the line that the Developer Certificate of Origin asks for. */
export type Author = { name: string; email: string; signOff: boolean }

const PLACES = ["image", "digest", "path", "ref", "revision", "order", "pipeline"]

/** A subject with a mistyped placeholder is refused at the edge, not found later in the history. */
export function parseMessageTemplate(template: string): string {
  const unknown = placeholders(template).filter((name) => !PLACES.includes(name))
  if (template.trim() && unknown.length === 0) return template
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a commit message with placeholders of ${PLACES.map((name) => `{${name}}`).join(" ")}`,
    got: unknown.length > 0 ? unknown.map((name) => `{${name}}`).join(" ") : quote(template),
    fix: `Leave --message out for ${quote(DEFAULT_MESSAGE)}.`,
  })
}

/** Refuses what would end the author's header early or add a trailer of its own. */
export function parseAuthor({ name, email, signOff }: Author): Author {
  if (/^[^<>\p{Cc}]+$/u.test(name.trim()) && /^[^<>\s]+@[^<>\s]+$/.test(email))
    return { name: name.trim(), email, signOff }
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an author's name and an email address, each on one line and without < or >",
    got: `${quote(name)} and ${quote(email)}`,
    fix: "Pass --author-name and --author-email.",
  })
}

/** The whole message: the caller's words, then what the next bump will read. */
export function renderMessage(
  template: string,
  { trailers, author }: { trailers: BumpTrailers; author: Author },
): string {
  const values = placeholderValues(trailers)
  const text = template.replaceAll(/\{([a-z]+)\}/g, (place, name: string) => values[name] ?? place).trim()
  const signOff = author.signOff ? [`Signed-off-by: ${author.name} <${author.email}>`] : []
  return `${text}\n\n${[renderTrailers(trailers), ...signOff].join("\n")}\n`
}

function placeholderValues({ bumps, source, pipeline }: BumpTrailers): Record<string, string> {
  return {
    image: list(bumps.map(({ image }) => image)),
    path: list(bumps.map(({ path }) => path)),
    ref: list(bumps.map(({ ref }) => ref)),
    digest: list(bumps.map(({ ref }) => shortDigest(ref))),
    revision: source.revision ?? "",
    order: source.order?.toString() ?? "",
    pipeline: pipeline ?? "",
  }
}

/** Twelve digits are enough for a person; the whole digest stands in the trailer. */
function shortDigest(ref: DigestRef): string {
  return ref.replace(/^.*@sha256:([0-9a-f]{12}).*$/, "$1")
}

function list(values: string[]): string {
  return [...new Set(values)].join(", ")
}

function placeholders(template: string): string[] {
  return [...template.matchAll(/\{([a-z]+)\}/g)].map(([, name]) => name ?? "")
}
