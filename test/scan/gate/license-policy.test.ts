import { describe, expect, test } from "vitest"
import { licenseRefusal, NO_LICENSE, requireLicensePolicy } from "../../../lib/scan/gate/license-policy.ts"

const allow = (...ids: string[]) => ({ allow: ids, deny: [] })
const deny = (...ids: string[]) => ({ allow: [], deny: ids })

test.each([
  { name: "an allowed licence", license: "MIT", policy: allow("MIT") },
  { name: "a licence in other case", license: "mit", policy: allow("MIT") },
  { name: "a licence by its beginning", license: "BSD-3-Clause", policy: allow("BSD-*") },
  { name: "any licence that is not denied", license: "Zlib", policy: deny("AGPL-*") },
  { name: "an unknown licence without a list of allowed ones", license: NO_LICENSE, policy: deny("AGPL-*") },
  { name: "an unknown licence that is allowed", license: NO_LICENSE, policy: allow(NO_LICENSE) },
  { name: "an alternative to a denied licence", license: "MIT OR GPL-3.0-only", policy: deny("GPL-3.0-only") },
  { name: "an alternative to a licence that is not allowed", license: "(MIT OR X11)", policy: allow("MIT") },
  { name: "joined licences that are all allowed", license: "MIT AND (Zlib OR X11)", policy: allow("MIT", "Zlib") },
  {
    name: "an allowed licence with an exception",
    license: "GPL-2.0-only WITH Classpath-exception-2.0",
    policy: allow("GPL-2.0-only"),
  },
  {
    name: "an exception that is allowed where the licence alone is denied",
    license: "GPL-2.0-only WITH Classpath-exception-2.0",
    policy: { allow: ["GPL-2.0-only WITH Classpath-exception-2.0"], deny: ["GPL-2.0-only"] },
  },
  { name: "the former id of GPL-2.0-only", license: "GPL-2.0", policy: allow("GPL-2.0-only") },
  { name: "the former id of GPL-2.0-or-later", license: "GPL-2.0+", policy: allow("GPL-2.0-or-later") },
])("permits $name", ({ license, policy }) => {
  expect(licenseRefusal(license, policy)).toBeUndefined()
})

test.each([
  { name: "a denied licence", license: "AGPL-3.0-only", policy: deny("AGPL-*"), why: "denied licence" },
  {
    name: "a licence that is allowed and denied",
    license: "MIT",
    policy: { allow: ["MIT"], deny: ["MIT"] },
    why: "denied licence",
  },
  { name: "a licence on no list", license: "Zlib", policy: allow("MIT"), why: "licence not allowed" },
  { name: "an unknown licence", license: NO_LICENSE, policy: allow("MIT"), why: "no known licence" },
  { name: "text that is no expression", license: "MIT (see LICENSE", policy: allow("MIT"), why: "licence not allowed" },
  {
    name: "a denied one among joined licences",
    license: "MIT AND GPL-3.0-only",
    policy: deny("GPL-3.0-only"),
    why: "denied licence",
  },
  {
    name: "alternatives that are all denied",
    license: "GPL-2.0 OR GPL-3.0+",
    policy: deny("GPL-*"),
    why: "denied licence",
  },
  { name: "AND before OR", license: "Zlib OR MIT AND X11", policy: allow("MIT"), why: "licence not allowed" },
  {
    name: "a denied licence with an exception",
    license: "GPL-2.0-only WITH Classpath-exception-2.0",
    policy: deny("GPL-2.0-only"),
    why: "denied licence",
  },
  { name: "another version", license: "GPL-3.0-only", policy: allow("GPL-2.0-only"), why: "licence not allowed" },
  { name: "no licence but an operator", license: "OR MIT", policy: allow("MIT"), why: "licence not allowed" },
  { name: "two licences without an operator", license: "MIT MIT", policy: allow("MIT"), why: "licence not allowed" },
])("refuses $name", ({ license, policy, why }) => {
  expect(licenseRefusal(license, policy)).toBe(why)
})

describe("an entry", () => {
  test.each([
    "MIT",
    "GPL-3.0-only",
    "AGPL-*",
    "LicenseRef-Acme",
    NO_LICENSE,
    "GPL-2.0-only WITH Classpath-exception-2.0",
  ])("%s is accepted", (id) => {
    expect(requireLicensePolicy(allow(id))).toEqual(allow(id))
  })
  test.each(["Apache 2", "MIT OR Zlib", "*", "GPL*3", "(MIT)"])(
    "%s is refused, because it would match nothing",
    (id) => {
      expect(() => requireLicensePolicy(deny(id))).toThrow(
        `expected SPDX ids in scan.licenses.deny, such as MIT, GPL-3.0-only or AGPL-*, got "${id}"`,
      )
    },
  )
})
