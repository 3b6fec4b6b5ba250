import type { BuildChange } from "./build-change.ts"

/** The least that a forge takes as a title (GitLab, 255). */
const TITLE = 250
/** More than anybody reads; the diff is on the same page. */
const MOST_CHANGES = 50

/**
 * What a reviewer reads: the commit's own words, what changes in the manifests, and the trailers last, so that they are
 * still trailers where a forge makes the text the message of a squashed commit.
 */
export function proposalText(
  message: string,
  { changes, notes, base }: { changes: BuildChange[]; notes: string[]; base: string },
): { title: string; body: string } {
  const [subject = "", ...rest] = message.trimEnd().split("\n")
  const paragraphs = rest.join("\n").trim().split("\n\n")
  const trailers = paragraphs.pop() ?? ""
  const shown = changes.slice(0, MOST_CHANGES).map(changeLine)
  const more = changes.length > MOST_CHANGES ? [`- and ${changes.length - MOST_CHANGES} more`] : []
  const parts = [
    ...paragraphs,
    [...shown, ...more].join("\n"),
    notes.map((note) => `Note: ${note}`).join("\n"),
    `This branch is made anew on ${code(base)} by the next bump of the same image; what is pushed to it by hand is lost.`,
    trailers,
  ]
  const title = subject.length > TITLE ? `${subject.slice(0, TITLE - 1)}…` : subject
  return { title, body: parts.filter(Boolean).join("\n\n") }
}

function changeLine({ object, field, from, to }: BuildChange): string {
  const what = code(`${object} ${field.replace(/^\./, "")}`)
  return `- ${what}: ${code(from ?? "nothing")} → ${code(to ?? "nothing")}`
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replace(/\s+/g, " ")}\``
}
