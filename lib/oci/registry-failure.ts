import { SlipwayError } from "../error.ts"
import type { Repository } from "./repository.ts"
import { isTransient, lastLine } from "./retry.ts"

/** `right` is what the login would need, `unchanged` what did not happen, as a sentence. */
export type Refusal = { stderr: string; repository: Repository; right: string; unchanged: string }

/** What a registry's refusal means, and what to do about it. */
export function registryFailed(what: string, refusal: Refusal): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected: `to ${what}`,
    got: lastWords(refusal.stderr),
    fix: advice(lastWords(refusal.stderr), refusal),
  })
}

function advice(stderr: string, { repository, right, unchanged }: Refusal): string {
  if (/no such host|connection refused|i\/o timeout|network is unreachable/.test(stderr))
    return "Check the address, and that the engine can reach it; an in-graph registry is passed as registryService."
  if (/no answer within/.test(stderr))
    return `The registry took the connection and said nothing: look at it, and at what is between. ${unchanged}`
  if (/UNAUTHORIZED|\b401\b/.test(stderr))
    return `Pass a login that ${repository.host} knows (--registry-username and --registry-password, or --registry-config); a token may have expired.`
  if (/DENIED|\b403\b/.test(stderr)) return `The login may not do this: it needs ${right}.`
  if (/NAME_UNKNOWN|\b404\b/.test(stderr))
    return `There is no ${repository.path} at ${repository.host}: create it first (or the project that it is in), and check how it is spelled.`
  if (/server gave HTTP response to HTTPS client/.test(stderr))
    return "The registry speaks plain HTTP: say so with --plain-http."
  if (/x509|certificate/.test(stderr)) return "Pass the certificate of the registry's authority with --ca-certificate."
  // Only what passes by itself is mended by another try.
  return `${isTransient(stderr) || stderr === NO_ANSWER ? "Run it again" : "Mend what it names, then run it again"}. ${unchanged}`
}

/** Before plain HTTP crane tries TLS, and shows both; what came of the first is no news then. */
const TLS_TRIED = /Get "https:[^"]+": http: server gave HTTP response to HTTPS client; /

const NO_ANSWER = "no answer"

function lastWords(stderr: string): string {
  return (
    lastLine(stderr)
      .replace(TLS_TRIED, "")
      .replace(/^Error: /, "")
      .slice(0, 500) || NO_ANSWER
  )
}
