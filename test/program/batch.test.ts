import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { BATCH_PROGRAM, batchSeconds, parseBatch, runBatch } from "../../lib/program/batch.ts"

const runtime = { image: "node", rootfs: {} as never, args: ["/node"] }
const lanes = [{ calls: [{ args: ["a"] }] }]

describe("the output of the program", () => {
  const parse = (stdout: string, exitCode = 0) =>
    parseBatch({ exitCode, stdout, stderr: "" }, { boundary: "--b", lengths: [2, 1] })
  const whole = "\n--b 0 0 0 stdout\nout\n--b 0 0 0 stderr\nerr\n--b 1 0 1 stdout\n\n--b 1 0 1 stderr\nno\n--b end\n"

  test("has the results by lane and place, and undefined for a call that did not run", () => {
    expect(parse(whole)).toEqual([
      [{ exitCode: 0, stdout: "out", stderr: "err" }, undefined],
      [{ exitCode: 1, stdout: "", stderr: "no" }],
    ])
  })

  test.each([
    { name: "has no end", stdout: whole.replace("--b end", "") },
    { name: "belongs to another batch", stdout: whole.replaceAll("--b", "--c") },
    { name: "begins with something else", stdout: `Warning: x${whole}` },
    { name: "names an unknown lane", stdout: whole.replaceAll("--b 1 0", "--b 9 0") },
    { name: "names an unknown call", stdout: whole.replaceAll("--b 1 0", "--b 1 3") },
    { name: "has no name of a stream", stdout: whole.replace("1 stderr", "1 errors") },
    { name: "is of a failed program", stdout: whole, exitCode: 1 },
  ])("that $name is not a result", ({ stdout, exitCode }) => {
    expect(parse(stdout, exitCode)).toBeUndefined()
  })
})

test("that the engine cannot run has no results", async () => {
  const exitCode = async () => {
    throw new Error("no such image")
  }
  const failing = { with: () => failing, withMountedFile: () => failing, withExec: () => ({ exitCode }) }
  expect(await runBatch(failing as never, { lanes }, { runtime })).toBeUndefined()
})

test("counts each call as late after the time limit, because the program may still go on", async () => {
  const exitCode = () => new Promise<number>(() => {})
  const hanging = { with: () => hanging, withMountedFile: () => hanging, withExec: () => ({ exitCode }) }
  const ran = await runBatch(hanging as never, { lanes }, { runtime, seconds: 0.1, preparing: 0.1 })
  expect(ran).toEqual([[{ exitCode: 1, stdout: "", stderr: expect.stringMatching(/^Error: no answer within/) }]])
})

test.each([
  { name: "one call", lengths: [1], seconds: 20 },
  { name: "a lane of four calls", lengths: [4, 2], seconds: 60 },
  { name: "more lanes than run at a time", lengths: [1, 1, 1, 1, 1, 1, 1], seconds: 30 },
])("has time for $name", ({ lengths, seconds }) => {
  expect(batchSeconds(lengths, 10)).toBe(seconds)
})

test("is a program of one file", () => {
  expect(readFileSync(new URL(`../../lib/${BATCH_PROGRAM}`, import.meta.url), "utf8")).not.toMatch(/^import .* "\./m)
})
