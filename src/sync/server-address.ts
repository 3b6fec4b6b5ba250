import { quote, SlipwayError } from "../error.ts"

/** Who sees the token can use it, so it goes over TLS; only a fake on the same machine may do without. */
export function parseServer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const loopback = url?.protocol === "http:" && /^(localhost|127\.[0-9.]+|\[::1\])$/.test(url.hostname)
  const bare = url && !url.username && !url.password && !url.search && !url.hash
  if (bare && (url.protocol === "https:" || loopback)) return text.replace(/\/+$/, "")
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "the API's address, such as https://10.0.0.1:6443",
    got: url?.username || url?.password ? "one with a login in it" : quote(text),
    fix: "kubectl config view --minify shows the cluster's; plain HTTP is for a loopback address alone.",
  })
}
