import { expect, test } from "vitest"
import { inThisRun, type Names, outputFaults } from "./output.ts"

const digest = (letter: string) => letter.repeat(64)
const commit = (letter: string) => letter.repeat(40)

const PASTED = `source  ${commit("a")} on main
image   r/app@sha256:${digest("b")}
        linux/amd64  sha256:${digest("c")}  3.1 MB  no findings
scan    nothing by Trivy 0.74.0, database of 2026-11-29T22:07:33.036Z (less than an hour old)
…
tags    ${commit("a")} (created)
time    open 0.9 s · test 1.7 s · …
`
const PRINTED = `cloned
source  ${commit("1")} on main
image   r/app@sha256:${digest("2")}
        linux/amd64  sha256:${digest("3")}  12.0 MB  no findings
scan    nothing by Trivy 0.74.0, database of 2027-01-01T00:00:00Z (3 days old)
signed  by a key
tags    ${commit("1")} (created)
time    open 10.0 s · test 1.0 s · build 3.0 s
`

test("pasted output may differ from a run's in digests, times and sizes, and in what … leaves out", () => {
  const names: Names = new Map()
  expect(outputFaults(PASTED, PRINTED, names)).toEqual([])
  expect(inThisRun(`--ref=r/app@sha256:${digest("b")}`, names)).toBe(`--ref=r/app@sha256:${digest("2")}`)
})

test("a digest's beginning stands for a digest", () => {
  expect(outputFaults("image r/app@sha256:bbbbbbbb…\n", `image r/app@sha256:${digest("2")}\n`)).toEqual([])
  expect(outputFaults("image r/app@sha256:bbbbbbbb…\n", "image r/app@sha256:22\n")).toHaveLength(1)
})

test.each([
  { name: "a word", pasted: PASTED.replace("no findings", "1 HIGH"), fault: /^expected the line ".*1 HIGH", got:\n/ },
  { name: "a version", pasted: PASTED.replace("0.74.0", "0.75.0"), fault: /Trivy 0\.75\.0/ },
  { name: "a line that is left out without …", pasted: PASTED.replace("…\ntags", "tags"), fault: /line "tags/ },
  { name: "a line that is not printed", pasted: `${PASTED}more\n`, fault: /line "more"/ },
  {
    name: "one digest for two",
    pasted: PASTED.replace(commit("a"), commit("d")).replace(digest("c"), digest("b")),
    fault: /^b{64} stands for two things/,
  },
])("$name is a fault", ({ pasted, fault }) => {
  expect(outputFaults(pasted, PRINTED).join("\n")).toMatch(fault)
})

test("a digest is the same in all output of a page", () => {
  const names: Names = new Map([[commit("a"), commit("9")]])
  expect(outputFaults(PASTED, PRINTED, names).join("\n")).toMatch(/^a{40} stands for two things/)
})
