import { gzipSync } from "node:zlib"
import { describe, expect, test } from "vitest"
import { needlesOf } from "./needles.ts"
import { searchFor } from "./search.ts"

const SECRET = "hunter2?5f1c>9e7ab3d24680"
const LINES = "-----BEGIN KEY-----\nQWxhZGRpbjpvcGVuc2VzYW1l\nshort\n-----END KEY-----\n"
const search = searchFor(needlesOf({ SECRET, LINES, OTHER: "never-there-at-all" }))
const found = (bytes: Buffer | string) =>
  [...search(Buffer.from(bytes))].map(({ name, form }) => `${name} ${form}`).sort()

describe("a secret is found", () => {
  test.each([
    { name: "as it is, between bytes that are no text", bytes: Buffer.concat([noise(), Buffer.from(SECRET), noise()]) },
    { name: "at the very end", bytes: `${"x".repeat(40)}${SECRET}` },
    { name: "at the very beginning", bytes: `${SECRET}\n` },
  ])("$name", ({ bytes }) => {
    expect(found(bytes)).toEqual(["SECRET raw"])
  })

  test.each(["", "a", "ab", "abc"])("in base64 behind %j, and with more behind it", (before) => {
    expect(found(`auth: ${Buffer.from(`${before}${SECRET}:more`).toString("base64")}`)).toEqual(["SECRET base64"])
    expect(found(Buffer.from(`${before}${SECRET}`).toString("base64url"))).toEqual(["SECRET base64"])
  })

  test.each([
    { form: "hex", text: Buffer.from(SECRET).toString("hex") },
    { form: "hex", text: Buffer.from(SECRET).toString("hex").toUpperCase() },
    { form: "url", text: `https://me:${encodeURIComponent(SECRET)}@host` },
  ])("in $form", ({ form, text }) => {
    expect(found(text)).toEqual([`SECRET ${form}`])
  })

  test("by a line of its own, also where a string of JSON holds it", () => {
    expect(found(`| QWxhZGRpbjpvcGVuc2VzYW1l`)).toEqual(["LINES raw"])
    expect(found(JSON.stringify({ key: LINES }))).toEqual(["LINES raw"])
  })

  test("in a layer, in a layer within an archive, and in one that was cut off", () => {
    const layer = gzipSync(Buffer.concat([noise(), Buffer.from(SECRET)]))
    expect(found(layer)).toEqual(["SECRET raw"])
    const archive = Buffer.concat([Buffer.from("header"), layer, Buffer.from("header"), layer, noise()])
    expect(found(gzipSync(archive))).toEqual(["SECRET raw"])
    const long = gzipSync(Buffer.concat([Buffer.from(SECRET), Buffer.alloc(1 << 20, "0123456789")]))
    expect(found(long.subarray(0, long.length - 200))).toEqual(["SECRET raw"])
  })
})

test("nothing else is found", () => {
  expect(found(`${SECRET.slice(0, -1)}-----BEGIN KEY-----short${noise()}`)).toEqual([])
  expect(found("")).toEqual([])
})

test("a secret that is too short to be looked for is no pass", () => {
  expect(() => needlesOf({ PIN: "1234" })).toThrow("PIN has no line")
})

/** Bytes of every kind, the same each time. */
function noise(): Buffer {
  return Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * n * 31 + n * 7) & 0xff))
}
