/** What one look at a resource says of the release that is waited for. */
export type Verdict = { kind: "live"; how: string } | { kind: "waiting"; why: string } | { kind: "failed"; why: string }

/** The release: the commit of the GitOps repository that asks for it, and the image, as far as the caller named them. */
export type Wanted = { commit?: string; image?: WantedImage }
export type WantedImage = { repository: string; digest: string }

export function live(how: string): Verdict {
  return { kind: "live", how }
}

export function waiting(why: string): Verdict {
  return { kind: "waiting", why }
}

export function failed(why: string): Verdict {
  return { kind: "failed", why }
}

/** A controller's own words on one line, and not the whole of a log. */
export function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim()
  return line.length > 300 ? `${line.slice(0, 300)}…` : line
}

/** What a resource says of itself, with its reason if it gives one. */
export function says(state: string, message?: string): string {
  return message?.trim() ? `${state}: ${oneLine(message)}` : state
}
