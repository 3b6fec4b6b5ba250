import { expect, test } from "vitest"
import { renderFindings } from "../../lib/scan/findings-table.ts"
import { Severity } from "../../src/enums.ts"
import { merged } from "./sample.ts"

const both = ["linux/amd64", "linux/arm64"]
const lodash = merged({ platforms: ["linux/arm64"] })
const libc = merged({ id: "CVE-1", package: "libc6", severity: Severity.LOW, fixed: "", path: "", platforms: both })

test("platforms are named where they differ", () => {
  expect(renderFindings([lodash, libc], { platforms: both }).split("\n")).toEqual([
    "SEVERITY  FINDING         WHERE                                          INSTALLED  FIXED IN  PLATFORMS",
    "CRITICAL  CVE-2019-10744  lodash (app/node_modules/lodash/package.json)  4.17.11    4.17.12   linux/arm64",
    "LOW       CVE-1           libc6                                          4.17.11    -         all",
  ])
})

test("a single platform needs no naming", () => {
  expect(renderFindings([libc], { platforms: ["linux/amd64"] })).not.toContain("PLATFORMS")
})

test("a secret's file is named once", () => {
  const secret = merged({ kind: "secret", package: "/app/.netrc", path: "/app/.netrc", installed: "", fixed: "" })
  expect(renderFindings([secret], { platforms: both })).toMatch(/ {2}\/app\/\.netrc {2}-/)
})

test("the rest is counted", () => {
  const text = renderFindings([lodash, libc, libc], { platforms: both, longest: 1 })
  expect(text.split("\n")).toHaveLength(3)
  expect(text).toMatch(/… and 2 more; scan … reports has all of them$/)
})
