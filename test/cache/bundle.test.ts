import { expect, test } from "vitest"
import {
  type BundleEntry,
  findEntry,
  isSameBundle,
  nextEntries,
  parseBundle,
  parseManifest,
  renderBundle,
  renderManifest,
} from "../../lib/cache/bundle.ts"
import type { Volume } from "../../lib/cache/volume.ts"
import { digestOf } from "../../lib/oci/reference.ts"

const hex = (text: string, length: number) => Buffer.from(text).toString("hex").padEnd(length, "0").slice(0, length)

/** An archive of 10 bytes, used on a day of June. */
function entry(family: string, key: string, day: number, more: Partial<BundleEntry> = {}): BundleEntry {
  return {
    kind: "test",
    name: family,
    family: hex(family, 32),
    key: hex(key, 32),
    content: hex(`content ${key}`, 64),
    sha256: hex(`archive ${key}`, 64),
    size: 10,
    unpacked: 100,
    files: 3,
    usedAt: `2026-06-${String(day).padStart(2, "0")}T00:00:00Z`,
    ...more,
  }
}
const volume = (family: string, key: string) => ({ family: hex(family, 32), key: hex(key, 32) }) as Volume
const keys = (entries: BundleEntry[]) =>
  entries.map(({ key }) => Buffer.from(key, "hex").toString().replace(/\0+$/, ""))

test.each([
  { name: "the archive of the key", key: "go 1", match: "hit", found: ["go 1"] },
  { name: "the newest archive of the family for another key", key: "go 9", match: "fallback", found: ["go 2"] },
  { name: "nothing of another family", family: "node", key: "go 1", match: "miss", found: [] },
])("finds $name", ({ family = "go", key, match, found }) => {
  const entries = [entry("go", "go 1", 1), entry("go", "go 2", 3), entry("go", "go 3", 2), entry("pip", "pip", 9)]
  const { match: is, entry: got } = findEntry(entries, volume(family, key))
  expect({ match: is, found: keys(got ? [got] : []) }).toEqual({ match, found })
})

test.each([
  {
    name: "replaces the archive of the same key",
    previous: [entry("go", "a", 1)],
    current: [entry("go", "a", 5, { sha256: hex("new", 64) })],
    kept: ["a"],
  },
  {
    name: "keeps no older database",
    previous: [entry("db", "a", 1, { kind: "scan" })],
    current: [entry("db", "b", 5, { kind: "scan" })],
    kept: ["b"],
  },
  {
    name: "keeps one older archive of a family",
    previous: [entry("go", "a", 1), entry("go", "b", 2)],
    current: [entry("go", "c", 5)],
    kept: ["c", "b"],
  },
  {
    name: "keeps those of volumes that this run did not use",
    previous: [entry("node", "n", 1)],
    current: [entry("go", "a", 5)],
    kept: ["a", "n"],
  },
  {
    name: "drops the least recently used above the limit",
    previous: [entry("node", "n", 1), entry("pip", "p", 2), entry("rust", "r", 3)],
    current: [entry("go", "a", 5)],
    kept: ["a", "r", "p"],
  },
  {
    name: "leaves out one that does not fit, and takes a smaller one after it",
    previous: [entry("node", "n", 4, { size: 25 }), entry("pip", "p", 2)],
    current: [entry("go", "a", 5)],
    kept: ["a", "p"],
  },
])("$name", ({ previous, current, kept }) => {
  expect(keys(nextEntries(previous, current, 30))).toEqual(kept)
})

test("is the same bundle with other times of use, and another with another archive", () => {
  const one = [entry("go", "a", 1)]
  expect(isSameBundle(one, [entry("go", "a", 9)])).toBe(true)
  expect(isSameBundle(one, [entry("go", "a", 1, { sha256: hex("x", 64) })])).toBe(false)
  expect(isSameBundle(one, [])).toBe(false)
})

test("reads back what it writes", () => {
  const bundle = { schema: 1 as const, repository: "ghcr.io/acme/hello", entries: [entry("go", "a", 1)] }
  expect(parseBundle(renderBundle(bundle))).toEqual(bundle)
})

test.each([
  { name: "other text", text: "<html>" },
  { name: "a newer schema", text: '{"schema":2,"repository":"","entries":[]}' },
  {
    name: "an archive outside of the bundle",
    text: renderBundle({ schema: 1, repository: "", entries: [entry("go", "a", 1, { sha256: "../../etc/passwd" })] }),
  },
  {
    name: "a negative size",
    text: renderBundle({ schema: 1, repository: "", entries: [entry("go", "a", 1, { size: -1 })] }),
  },
])("refuses $name as a description", ({ text }) => {
  expect(parseBundle(text)).toEqual({ broken: "its bundle.json is not a description that Slipway writes" })
})

test.each([
  { name: "with a signature", signature: "{}", layers: 2 },
  { name: "without one", signature: "", layers: 1 },
])("finds description and signature in the manifest of a bundle $name", ({ signature, layers }) => {
  const { manifest, index } = renderManifest({ text: "text", signature, entries: [entry("go", "a", 1)] })
  const read = parseManifest(manifest)
  expect(read?.description.digest).toBe(digestOf("text"))
  expect(read?.signature?.digest).toBe(signature ? digestOf(signature) : undefined)
  expect(JSON.parse(manifest).layers.length).toBe(layers)
  expect(JSON.parse(index).manifests).toMatchObject([{ digest: digestOf(manifest), size: manifest.length }])
})

test.each([
  {
    name: "an image",
    text: JSON.stringify({ config: { mediaType: "application/vnd.oci.image.config.v1+json" }, layers: [] }),
  },
  { name: "other text", text: "404" },
])("does not take $name for a bundle", ({ text }) => {
  expect(parseManifest(text)).toBeUndefined()
})
