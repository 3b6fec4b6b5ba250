import { errorMessage, quote, SlipwayError } from "../error.ts"
import { isTransient, lastLine } from "./crane.ts"
import type { Repository } from "./reference.ts"

/** `right` is what the login would need, `unchanged` what did not happen, as a sentence. */
type Refusal = { stderr: string; repository: Repository; right: string; unchanged: string }

/** What a registry's refusal means, and what to do about it. */
export function registryFailure(what: string, refusal: Refusal): SlipwayError {
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

/**
 * What the engine says of an image that is not there or not for this login: then it is the caller's word that is wrong.
 * "Permission denied" is what an operating system says, of the engine's own files.
 */
const WRONG =
  /not found|invalid reference|failed to parse image address|pull access denied|insufficient_scope|authorization failed|unauthorized|forbidden|(?<!permission )\bdenied\b|no match for platform|no manifest matches|manifest unknown|status(?: code)?:? 40[134]\b/i

/** A registry that takes the connection and says nothing would be waited for without end. In seconds. */
export const PULL_SECONDS = 900

/** An image that was not waited for any longer. */
export function pullTimeout(what: string, image: string, seconds = PULL_SECONDS): SlipwayError {
  return pullFailure(what, { image, error: new Error(`no answer of its registry within ${seconds} s`) })
}

/** An image that the engine did not pull. A registry that does not answer says nothing of the image's name. */
export function pullFailure(what: string, { image, error }: { image: string; error: unknown }): SlipwayError {
  const got = quote(errorMessage(error))
  const expected = `an image ${what} that can be pulled, here ${quote(image)}`
  if (WRONG.test(got))
    return new SlipwayError("OPTIONS_INVALID", {
      expected,
      got,
      fix: "Give another one, or mirror it where the engine looks.",
    })
  return new SlipwayError("REGISTRY_FAILED", {
    expected,
    got,
    fix: "The engine or the image's registry failed, not the name: look at that, and at the engine's network and disk.",
  })
}
