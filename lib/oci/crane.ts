import { type Container, dag } from "@dagger.io/dagger"
import { halfJitter, longestPause, retry } from "../engine/concurrency.ts"
import { CRANE, type Run, runTool, TOOL_SECONDS, type ToolResult, withEffect } from "../engine/tool.ts"
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
export function lastLine(stderr: string): string {
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
