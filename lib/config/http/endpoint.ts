import { quote, SlipwayError } from "../../error.ts"

/** Who sees a token can use it, so it goes over TLS; a fake on the same machine may do without. */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const local = url?.protocol === "http:" && /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  if (url && (url.protocol === "https:" || local) && !url.username && !url.hash) return text
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "an endpoint that starts with https://",
    got: url?.username ? "one with a login in it" : quote(text),
    fix: "A token that is sent there in the clear could be used by whoever reads it. Plain HTTP is for a loopback address alone.",
  })
}
