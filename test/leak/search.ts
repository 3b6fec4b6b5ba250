import { gunzipSync, constants as zlib } from "node:zlib"
import { type Needle, needlesOf } from "./needles.ts"

/** Looks for all needles at once, also within what is compressed. */
export type Search = (bytes: Buffer) => Set<Needle>

export function searchFor(needles: Needle[]): Search {
  const match = matcher(needles)
  return (bytes) => {
    const found = new Set<Needle>()
    for (const part of unpacked(bytes)) match(part, found)
    return found
  }
}

/** The names of the secrets that a text shows, in any form. */
export function leaks(text: string, secrets: Record<string, string>): string[] {
  return [...new Set([...searchFor(needlesOf(secrets))(Buffer.from(text))].map(({ name }) => name))]
}

type Matcher = (bytes: Uint8Array, found: Set<Needle>) => void

/**
 * Wu and Manber's search for many words in one pass (https://webglimpse.net/pubs/TR94-17.pdf): two bytes say how far the
 * nearest end of any word's beginning can be, so most bytes of gigabytes are never looked at.
 */
function matcher(needles: Needle[]): Matcher {
  const length = Math.min(...needles.map(({ bytes }) => bytes.length))
  const steps = new Uint8Array(1 << 16).fill(Math.min(length - 1, 255))
  const ending = new Map<number, Needle[]>()
  const pairAt = (bytes: Uint8Array, at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  for (const needle of needles) {
    for (let at = 0; at <= length - 2; at++) {
      const pair = pairAt(needle.bytes, at)
      steps[pair] = Math.min(steps[pair] ?? 0, length - 2 - at)
    }
    const last = pairAt(needle.bytes, length - 2)
    ending.set(last, [...(ending.get(last) ?? []), needle])
  }
  return (bytes, found) => {
    for (let at = length - 2; at + 1 < bytes.length; ) {
      const pair = pairAt(bytes, at)
      const step = steps[pair] ?? 0
      if (step === 0) {
        const here = bytes.subarray(at - (length - 2))
        for (const needle of ending.get(pair) ?? []) if (beginsWith(here, needle.bytes)) found.add(needle)
      }
      at += step || 1
    }
  }
}

function beginsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.length <= bytes.length && beginning.every((byte, at) => bytes[at] === byte)
}

/** What gzip begins with: https://datatracker.ietf.org/doc/html/rfc1952#section-2.3.1 */
const GZIP = Buffer.from([0x1f, 0x8b, 0x08])
/** A layer that unpacks to more is refused, not skipped. */
const LARGEST = 2 ** 31

/** The bytes, and what every gzip stream in them holds: a layer, also one within an archive or another layer. */
function* unpacked(bytes: Buffer): Generator<Buffer> {
  yield bytes
  for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
    const inner = gunzip(bytes.subarray(at))
    if (inner) yield* unpacked(inner)
  }
}

/** Three bytes can stand there by chance: what is no stream is none. */
function gunzip(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes, { finishFlush: zlib.Z_SYNC_FLUSH, maxOutputLength: LARGEST })
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("Z_")) return undefined
    throw error
  }
}
