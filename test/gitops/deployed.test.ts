import { describe, expect, test } from "vitest"
import type { BuildChange } from "../../lib/gitops/build-change.ts"
import { deployedDigests, deployedRef } from "../../lib/gitops/deployed.ts"
import { digestOf } from "../../lib/oci/digest.ts"

const place = { path: "staging", image: "web" }
const [one, two] = [digestOf("1"), digestOf("2")]
const from = (...values: (string | undefined)[]): BuildChange[] =>
  values.map((value) => ({ object: "o", field: "f", ...(value !== undefined && { from: value }), to: "t" }))

test("digests are found once each, wherever they stand", () => {
  expect(deployedDigests(from(`ghcr.io/acme/web@${one}`, one, "v1", undefined))).toEqual([one])
  expect(deployedDigests(from(one, two))).toEqual([one, two])
})

describe("what runs in an environment", () => {
  test("is the reference that stands there", () => {
    expect(deployedRef(from(`ghcr.io/acme/web@${one}`, `ghcr.io/acme/web@${one}`), place)).toBe(
      `ghcr.io/acme/web@${one}`,
    )
  })

  test("is the digest that stands there, at the address that is given", () => {
    expect(deployedRef(from("", one), { ...place, address: "quay.io/web" })).toBe(`quay.io/web@${one}`)
  })

  test.each([
    { name: "a digest without its repository", changes: from(one), says: "OPTIONS_INVALID: expected --address beside" },
    {
      name: "a tag",
      changes: from("ghcr.io/acme/web:v1"),
      says: "IMAGE_NOT_FOUND: expected one digest of web in staging, got ghcr.io/acme/web:v1",
    },
    { name: "two digests", changes: from(one, two), says: `got 2: ${one}, ${two}` },
    { name: "nothing", changes: [], says: "got none" },
  ])("is not $name", ({ changes, says }) => {
    expect(() => deployedRef(changes, place)).toThrow(says)
  })
})
