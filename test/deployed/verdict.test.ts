import { describe, expect, test } from "vitest"
import { fixOf, isOk, summariseExceptions } from "../../lib/deployed/verdict.ts"
import { FailOn } from "../../src/enums.ts"
import { exception, finding, merged } from "../scan/sample.ts"
import { notScanned, passing, scanned } from "./sample-outcome.ts"

test.each([
  { name: "a finding that fails, by NEW", images: [scanned("app"), passing()], failOn: FailOn.NEW, ok: false },
  { name: "a finding that fails, by ANY", images: [scanned("app")], failOn: FailOn.ANY, ok: false },
  { name: "a finding that fails, by NONE", images: [scanned("app"), passing()], failOn: FailOn.NONE, ok: true },
  { name: "nothing that fails", images: [passing()], failOn: FailOn.ANY, ok: true },
  {
    name: "an image that was not scanned, by NONE",
    images: [passing(), notScanned("x")],
    failOn: FailOn.NONE,
    ok: false,
  },
])("a run with $name is ok: $ok", ({ images, failOn, ok }) => {
  expect(isOk(images, failOn)).toBe(ok)
})

describe("exceptions over all images", () => {
  const now = new Date("2026-12-01T23:30:00Z")
  const at = (expires: string) => exception({ id: expires, expires })
  const applied = (one: ReturnType<typeof exception>) => ({ exception: one, finding: merged(), reason: "", source: "" })
  const summary = (all: ReturnType<typeof exception>[], scans: [string, ReturnType<typeof exception>[]][]) =>
    summariseExceptions(
      all,
      scans.map(([ref, its]) => ({ ref, exceptions: { applied: its.map(applied) } })),
      now,
    )

  test.each([
    { expires: "2026-11-30", ending: undefined, expired: true },
    { expires: "2026-12-01", ending: undefined, expired: true },
    { expires: "2026-12-02", ending: 1, expired: false },
    { expires: "2026-12-15", ending: 14, expired: false },
    { expires: "2026-12-16", ending: undefined, expired: false },
  ])("one until $expires has $ending days left, and expired: $expired", ({ expires, ending, expired }) => {
    const one = at(expires)
    const found = summary([one], [["a", [one]]])
    expect(found.ending.map(({ days }) => days)).toEqual(ending === undefined ? [] : [ending])
    expect(found.expired).toEqual(expired ? [one] : [])
  })

  test("name the images that they cover, and are unused only if they cover none", () => {
    const [soon, late, unused] = [at("2026-12-05"), at("2027-12-05"), at("2027-12-06")]
    const found = summary(
      [soon, late, unused],
      [
        ["a", [soon]],
        ["b", [soon, late]],
        ["c", []],
      ],
    )
    expect(found.ending).toEqual([{ exception: soon, days: 4, images: ["a", "b"] }])
    expect(found.unused).toEqual([unused])
  })
})

test.each([
  { name: "a library", own: {}, fix: { kind: "package", text: "package update: lodash 4.17.12" } },
  {
    name: "a package of the distribution",
    own: { layer: "os" as const, package: "zlib", fixed: "2" },
    fix: { kind: "base", text: "newer base image or package update: zlib 2" },
  },
  { name: "no fixed version", own: { layer: "os" as const, fixed: "" }, fix: { kind: "none", text: "no fix yet" } },
  {
    name: "a secret",
    own: { kind: "secret" as const },
    fix: { kind: "image", text: "remove the secret, and rotate it" },
  },
  { name: "a licence", own: { kind: "license" as const }, fix: { kind: "image", text: "replace the package" } },
  {
    name: "a misconfiguration",
    own: { kind: "misconfiguration" as const },
    fix: { kind: "image", text: "change the image" },
  },
])("$name is fixed by $fix.text", ({ own, fix }) => {
  expect(fixOf(finding(own))).toEqual(fix)
})
