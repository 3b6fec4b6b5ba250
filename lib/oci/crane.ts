import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { halfJitter, longestPause, retry } from "../engine/concurrency.ts"
import { CRANE, type Run, runTool, TOOL_SECONDS, type ToolResult, withEffect } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import type { DigestRef, Repository } from "./reference.ts"
import { type RegistryAccess, withRegistry } from "./registry-access.ts"

/** Tries of a failed call, and the longest pause between them in seconds. */
const ATTEMPTS = 4
const LONGEST = 30
/** Pause after "too many requests": registries count by the minute, and crane does not show Retry-After. */
const THROTTLED_WAIT = 10

// for crane's last line; crane itself has retried within a few seconds before
const THROTTLED = /\b429\b|TOOMANYREQUESTS|too many requests/i
const FINAL = /\b40[0134]\b|UNAUTHORIZED|DENIED|NAME_INVALID|MANIFEST_INVALID|DIGEST_INVALID/
// for a response with a registry's error, crane shows the error code instead of the HTTP status
const PASSING =
  /\bUNKNOWN: |\bUNAVAILABLE\b|\b50[0234]\b|\b408\b|connection reset|broken pipe|unexpected EOF|: EOF|TLS handshake timeout|i\/o timeout|GOAWAY|http2: /

/** Whether the same call may succeed later. Never for a refusal: repeated logins may lock an account. */
export function isTransient(stderr: string): boolean {
  const words = stripNames(stderr)
  if (THROTTLED.test(words)) return true
  return !FINAL.test(words) && PASSING.test(words)
}

/** The pause before the next try. */
export function waitSeconds(attempt: number, { stderr, random }: { stderr: string; random: number }): number {
  const base = THROTTLED.test(stripNames(stderr)) ? THROTTLED_WAIT : 1
  return halfJitter(longestPause(attempt, { base, cap: LONGEST }), random)
}

/** Whether the registry does not have the requested manifest, repository or blob; that is not a failure. */
export function isAbsent({ stderr }: { stderr: string }): boolean {
  return /MANIFEST_UNKNOWN|NAME_UNKNOWN|\bNOT_FOUND: |(?<!:)\b404\b/.test(stripNames(stderr))
}

/** Removes digests and addresses, which may contain numbers that look like a status. */
function stripNames(stderr: string): string {
  return lastLine(stderr).replace(/sha256:[0-9a-f]+|https?:\/\/[^\s"]+|\S+:\d+->?\S*/g, "")
}

/** crane's final error; earlier lines are about retries. */
function lastLine(stderr: string): string {
  return stderr.trim().split("\n").at(-1) ?? ""
}

type Scheme = { plainHttp: boolean }

/** Path of the layout to push. */
export const LAYOUT_PATH = "/slipway/layout"

/** Pushes an image index and all its images by digest, without a tag, so that no tag points to an unsigned image. */
export function pushArgs(ref: DigestRef, scheme: Scheme): string[] {
  return ["push", ...schemeArgs(scheme), "--index", LAYOUT_PATH, ref]
}

/** Pushes the one manifest that the layout's index.json lists, with what it needs. */
export function pushOneArgs(ref: string, scheme: Scheme): string[] {
  return ["push", ...schemeArgs(scheme), LAYOUT_PATH, ref]
}

/** Writes manifests of any kind, each with what it needs, into one layout. */
export function pullArgs(refs: DigestRef[], scheme: Scheme): string[] {
  return ["pull", ...schemeArgs(scheme), "--format=oci", ...refs, LAYOUT_PATH]
}

/** Prints the digest of a tag. */
export function digestArgs(ref: string, scheme: Scheme): string[] {
  return ["digest", ...schemeArgs(scheme), ref]
}

/** Prints a manifest of any kind. */
export function manifestArgs(ref: string, scheme: Scheme): string[] {
  return ["manifest", ...schemeArgs(scheme), ref]
}

/** Prints a blob of any kind. */
export function blobArgs(ref: DigestRef, scheme: Scheme): string[] {
  return ["blob", ...schemeArgs(scheme), ref]
}

/** Prints the config of one platform's image. */
export function configArgs(ref: string, scheme: Scheme): string[] {
  return ["config", ...schemeArgs(scheme), ref]
}

export function listTagsArgs(repository: string, scheme: Scheme): string[] {
  return ["ls", ...schemeArgs(scheme), repository]
}

export function tagArgs(ref: DigestRef, { tag, ...scheme }: Scheme & { tag: string }): string[] {
  return ["tag", ...schemeArgs(scheme), ref, tag]
}

/** By digest, deletes the manifest, and in most registries its tags; by tag, deletes at least the tag. */
export function deleteArgs(ref: string, scheme: Scheme): string[] {
  return ["delete", ...schemeArgs(scheme), ref]
}

function schemeArgs({ plainHttp }: Scheme): string[] {
  return plainHttp ? ["--insecure"] : []
}

export type CraneOptions = { craneImage: string; access: RegistryAccess; run: Run }

/** crane with access to a registry; its execs are not cached between runs of the module. */
export function craneFor(repository: Repository, { craneImage, access, run }: CraneOptions): Container {
  return dag
    .container()
    .from(craneImage)
    .with(withRegistry(access, { repository, to: craneImage }))
    .with(withEffect(run))
}

/** Runs crane, with retries after transient failures; each try is another exec, so that none comes from the cache. */
export async function askCrane(crane: Container, args: string[], seconds = patience(args)): Promise<ToolResult> {
  return (await tryCrane(crane, args, seconds)).result
}

/** The same for a command that writes files below `path`. */
export async function craneFiles(
  crane: Container,
  { args, path }: { args: string[]; path: string },
): Promise<{ result: ToolResult; files: Directory }> {
  const { result, container } = await tryCrane(crane, args, patience(args))
  return { result, files: container.withExec([CRANE, ...args], { expect: ReturnType.Any }).directory(path) }
}

/** The last result, and the container that had it: the same exec again is that one. */
async function tryCrane(crane: Container, args: string[], seconds: number) {
  const tryOnce = async (attempt: number) => {
    const container = crane.withEnvVariable("SLIPWAY_ATTEMPT", String(attempt))
    return { container, result: await runTool(seconds, container, [CRANE, ...args]) }
  }
  return await retry(tryOnce, ({ result: { exitCode, stderr } }, attempt) => {
    const final = exitCode === 0 || attempt === ATTEMPTS || !isTransient(stderr)
    return final ? undefined : waitSeconds(attempt, { stderr, random: Math.random() })
  })
}

/** Time limit of a transfer, which may have large layers; all other calls are short. */
const TRANSFER_SECONDS = 3600

function patience([command]: string[]): number {
  return command === "push" || command === "pull" ? TRANSFER_SECONDS : TOOL_SECONDS
}

/** `right` is the permission that the login needs, `unchanged` a sentence about what did not happen. */
type Refusal = { stderr: string; repository: Repository; right: string; unchanged: string }

/** REGISTRY_FAILED with advice for the registry's error. */
export function registryFailure(what: string, refusal: Refusal): SlipwayError {
  return new SlipwayError("REGISTRY_FAILED", {
    expected: `to ${what}`,
    got: lastWords(refusal.stderr),
    fix: advice(lastWords(refusal.stderr), refusal),
  })
}

function advice(stderr: string, { repository, right, unchanged }: Refusal): string {
  if (/no such host|connection refused|i\/o timeout|network is unreachable/.test(stderr))
    return "Check the address, and that the engine can reach it; pass a registry in the same pipeline as --registry-service."
  if (/no answer within/.test(stderr))
    return `Check the registry and the network; the registry accepted the connection and did not respond. ${unchanged}`
  if (/UNAUTHORIZED|\b401\b/.test(stderr))
    return `Pass a login for ${repository.host} (--registry-username and --registry-password, or --registry-config); a token may have expired.`
  if (/DENIED|\b403\b/.test(stderr)) return `Give the login the missing permission: ${right}.`
  if (/NAME_UNKNOWN|\b404\b/.test(stderr))
    return `Create ${repository.path} at ${repository.host} first, or the project that it is in, or correct its name.`
  if (/server gave HTTP response to HTTPS client/.test(stderr))
    return "Pass --plain-http: the registry serves plain HTTP."
  if (/x509|certificate/.test(stderr)) return "Pass the certificate of the registry's authority as --ca-certificate."
  return `${isTransient(stderr) || stderr === NO_ANSWER ? "Run it again" : "Fix the cause, then run it again"}. ${unchanged}`
}

/** crane tries TLS before plain HTTP and prints both errors; this one is expected. */
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
 * Errors of the engine for a missing image or a missing permission, which the caller can fix. "Permission denied" is not
 * one of them: it is an operating system's error about the engine's files.
 */
const WRONG =
  /not found|invalid reference|failed to parse image address|pull access denied|insufficient_scope|authorization failed|unauthorized|forbidden|(?<!permission )\bdenied\b|no match for platform|no manifest matches|manifest unknown|status(?: code)?:? 40[134]\b/i

/** Time limit of a pull in seconds: a registry may accept the connection and never respond. */
export const PULL_SECONDS = 900

/** A pull that exceeded its time limit. */
export function pullTimeout(what: string, image: string, seconds = PULL_SECONDS): SlipwayError {
  return pullFailure(what, { image, error: new Error(`no answer of its registry within ${seconds} s`) })
}

/** A failed pull: OPTIONS_INVALID for a wrong name or login, else REGISTRY_FAILED. */
export function pullFailure(what: string, { image, error }: { image: string; error: unknown }): SlipwayError {
  const got = quote(errorMessage(error))
  const expected = `an image ${what} that can be pulled, here ${quote(image)}`
  return new SlipwayError(WRONG.test(got) ? "OPTIONS_INVALID" : "REGISTRY_FAILED", {
    expected,
    got,
    fix: pullAdvice(got, imageHost(image)),
  })
}

/** Errors of the engine about a login; Docker Hub's are the same for a repository that does not exist. */
const LOGIN =
  /unauthori[sz]ed|authorization failed|insufficient_scope|no basic auth|forbidden|pull access denied|(?<!permission )\bdenied\b|status(?: code)?:? 40[13]\b|40[13] (?:Unauthorized|Forbidden)/i
const CERTIFICATE = /x509|certificate signed by unknown/i
const PLAIN_HTTP = /server gave HTTP response to HTTPS client/

/** Whether the engine was refused by an image's registry for a reason that its caller or its configuration can remove. */
export function isPullRefusal(message: string): boolean {
  return [LOGIN, CERTIFICATE, PLAIN_HTTP].some((pattern) => pattern.test(message))
}

/** Whether the registry responded that it does not have an image, which is not a failed query. */
export function isAbsentImage(message: string): boolean {
  return /manifest unknown|@sha256:[0-9a-f]{64}: not found/i.test(message)
}

function pullAdvice(message: string, host: string): string {
  if (PLAIN_HTTP.test(message))
    return `Declare ${host} in the engine's engine.json ("registries": {"${host}": {"http": true}}): the engine pulls images itself, so --plain-http does not apply.`
  if (CERTIFICATE.test(message))
    return `Put the certificate authority of ${host} into ~/.config/dagger/ca-certificates of the engine's host: the engine pulls images itself, so --ca-certificate does not apply.`
  if (LOGIN.test(message))
    return `Check the name, and pass a login for ${host} that may pull it: --registry-config, or --registry-username and --registry-password if the release goes to that host too. A token may have expired, and a login that config.json leaves to a credential helper does not count.`
  if (WRONG.test(message)) return "Pass another image, or mirror it where the engine pulls from."
  return "Check the image's registry, and the engine's network and disk; the image's name is not the cause."
}

/** The host that an image is pulled from, by Docker's rule: a first part with a dot or a port, else Docker Hub. */
export function imageHost(image: string): string {
  const [first = "", ...path] = image.split("/")
  return path.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io"
}
