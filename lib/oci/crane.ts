import { type Container, dag } from "@dagger.io/dagger"
import { halfJitter, longestPause, retry } from "../engine/concurrency.ts"
import { CRANE, type Run, runTool, TOOL_SECONDS, type ToolResult, withEffect } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import type { DigestRef, Repository } from "./reference.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"

/** What to do about a failed call: how often, and after how long, in seconds. */
const ATTEMPTS = 4
const LONGEST = 30
/** A registry that says "too many requests" counts by the minute; crane does not show its Retry-After. */
const THROTTLED_WAIT = 10

// Read from crane's last line. It has tried quick repeats of its own by then, within a few seconds.
const THROTTLED = /\b429\b|TOOMANYREQUESTS|too many requests/i
const FINAL = /\b40[0134]\b|UNAUTHORIZED|DENIED|NAME_INVALID|MANIFEST_INVALID|DIGEST_INVALID/
// Of an answer with an error of the registry's own, crane shows its code, and not the status that it came with.
const PASSING =
  /\bUNKNOWN: |\bUNAVAILABLE\b|\b50[0234]\b|\b408\b|connection reset|broken pipe|unexpected EOF|: EOF|TLS handshake timeout|i\/o timeout|GOAWAY|http2: /

/** Whether the same call may well pass later: never a refusal, which only costs time and may lock an account. */
export function isTransient(stderr: string): boolean {
  const words = stripNames(stderr)
  if (THROTTLED.test(words)) return true
  return !FINAL.test(words) && PASSING.test(words)
}

/** The pause before another try. */
export function waitSeconds(attempt: number, { stderr, random }: { stderr: string; random: number }): number {
  const base = THROTTLED.test(stripNames(stderr)) ? THROTTLED_WAIT : 1
  return halfJitter(longestPause(attempt, { base, cap: LONGEST }), random)
}

/** Whether the registry says that there is no such thing, which is an answer and no failure. */
export function isAbsent({ stderr }: { stderr: string }): boolean {
  return /MANIFEST_UNKNOWN|NAME_UNKNOWN|\bNOT_FOUND: |(?<!:)\b404\b/.test(stripNames(stderr))
}

/** Digests and addresses may hold any number, and a port such as 503 is no status. */
function stripNames(stderr: string): string {
  return lastLine(stderr).replace(/sha256:[0-9a-f]+|https?:\/\/[^\s"]+|\S+:\d+->?\S*/g, "")
}

/** crane's word on the outcome; what it tried before stands above. */
function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) ?? ""
}

/** Arguments of crane, to be read as a list; `ref` is a repository with a digest or a tag. */
type Scheme = { plainHttp: boolean }

/** Where the layout lies that is pushed. */
export const LAYOUT_PATH = "/slipway/layout"

/** Pushes an image index and all that it lists, under its own digest: no tag, so nobody deploys it yet. */
export function pushArgs(ref: DigestRef, scheme: Scheme): string[] {
  return ["push", ...schemeArgs(scheme), "--index", LAYOUT_PATH, ref]
}

/** Asks the registry which digest it has under this name. */
export function digestArgs(ref: string, scheme: Scheme): string[] {
  return ["digest", ...schemeArgs(scheme), ref]
}

/** Asks for a manifest of any kind. */
export function manifestArgs(ref: string, scheme: Scheme): string[] {
  return ["manifest", ...schemeArgs(scheme), ref]
}

/** Asks for the config of one platform's image, by its own digest. */
export function configArgs(ref: string, scheme: Scheme): string[] {
  return ["config", ...schemeArgs(scheme), ref]
}

export function listTagsArgs(repository: string, scheme: Scheme): string[] {
  return ["ls", ...schemeArgs(scheme), repository]
}

export function tagArgs(ref: DigestRef, { tag, ...scheme }: Scheme & { tag: string }): string[] {
  return ["tag", ...schemeArgs(scheme), ref, tag]
}

/** By digest the manifest goes, and in most registries its tags; by tag at least the tag. */
export function deleteArgs(ref: string, scheme: Scheme): string[] {
  return ["delete", ...schemeArgs(scheme), ref]
}

function schemeArgs({ plainHttp }: Scheme): string[] {
  return plainHttp ? ["--insecure"] : []
}

export type CraneOptions = { craneImage: string; access: RegistryAccess; run: Run }

/** crane with its way to a registry; each run of the module meets the registry as it is then. */
export function craneFor(repository: Repository, { craneImage, access, run }: CraneOptions): Container {
  return dag.container().from(craneImage).with(withRegistry(access, repository)).with(withEffect(run))
}

/** Asks again after what passes by itself; each attempt is an exec of its own, so none is answered from the cache. */
export async function askCrane(crane: Container, args: string[], seconds = patience(args)): Promise<ToolResult> {
  const ask = (attempt: number) => {
    return runTool(seconds, crane.withEnvVariable("SLIPWAY_ATTEMPT", String(attempt)), [CRANE, ...args])
  }
  return await retry(ask, ({ exitCode, stderr }, attempt) => {
    const final = exitCode === 0 || attempt === ATTEMPTS || !isTransient(stderr)
    return final ? undefined : waitSeconds(attempt, { stderr, random: Math.random() })
  })
}

/** A push of large layers takes what it takes; all else is an answer of a few lines. */
const PUSH_SECONDS = 3600

function patience([command]: string[]): number {
  return command === "push" ? PUSH_SECONDS : TOOL_SECONDS
}

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
    return "Check the address, and that the engine can reach it; a registry of the same graph is passed as --registry-service."
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
