import { ExistsType } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { readInstructions } from "../../lib/dockerfile/instructions.ts"
import { countIn, isFresh, readBuildFailure } from "../../lib/test/execution.ts"
import { stubDirectory } from "../stub-directory.ts"

test.each([
  { name: "first seen after the start", seen: "1700000000901000000", fresh: true },
  { name: "first seen at the start", seen: "1700000000900000000", fresh: true },
  { name: "first seen before the start, in the same second", seen: "1700000000899999999", fresh: false },
  { name: "first seen after the second of the start, in BusyBox", seen: "1700000001", fresh: true },
  { name: "first seen after it, in a date without nanoseconds", seen: "1700000001N", fresh: true },
  { name: "first seen in the second of the start, in BusyBox", seen: "1700000000", fresh: false },
  { name: "first seen before the start, in BusyBox", seen: "1699999999", fresh: false },
  { name: "without a time", seen: undefined, fresh: false },
  { name: "with another output of date", seen: "date: invalid option", fresh: false },
])("tests on contents $name are fresh: $fresh", ({ seen, fresh }) => {
  expect(isFresh(seen, 1_700_000_000_900)).toBe(fresh)
})

test("counts no tests in a dangling link, and does not fail the run", async () => {
  const reports = stubDirectory({ "TEST-a.xml": '<testsuite tests="2"><testcase/><testcase/></testsuite>' })
  const isLink = async (path: string) => path === "TEST-last.xml"
  const exists: typeof reports.exists = async (path, { expectedType } = {}) =>
    expectedType === ExistsType.SymlinkType && (await isLink(path))
  const files = Object.assign(reports, { glob: async () => ["TEST-a.xml", "TEST-last.xml"], exists })
  expect(await countIn(files)).toEqual({ passed: 2, failed: 0, skipped: 0 })
})

test("names the failed RUN of a test stage with its line, after its output", () => {
  const instructions = readInstructions("FROM a AS test\nRUN git describe\n")
  const cmd = ["/bin/sh", "-c", "git describe"]
  const failed = readBuildFailure({ exitCode: 128, cmd, stderr: "fatal: not a git repository" }, instructions)
  expect(failed.output).toMatch(
    /^\$ \/bin\/sh -c git describe\n\nfatal: not a git repository\nRUN git describe \(Dockerfile line 2\) failed\. \.git is not in the build context/,
  )
  expect(readBuildFailure({ exitCode: 1 }, instructions)).toEqual({
    output: "$ build\n\n\n",
    failure: { command: "build", exitCode: 1 },
  })
})
