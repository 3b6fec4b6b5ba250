import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { expect, test } from "vitest"
import { type Batch, type Call, parseBatch } from "../../lib/program/batch.ts"

const PROGRAM = fileURLToPath(new URL("../../lib/program/run-calls.mjs", import.meta.url))
const folder = mkdtempSync(join(tmpdir(), "calls-"))
const log = join(folder, "log")

/** A call that notes when it begins and ends. */
function call(name: string, script = "", more: Partial<Call> = {}): Call {
  const noted = `echo +${name} >>${log}; ${script || "sleep 0.1"}; code=$?; echo -${name} >>${log}; exit $code`
  const file = join(folder, `${name}.sh`)
  writeFileSync(file, noted)
  return { args: ["sh", file], ...more }
}

async function runCalls({ lanes, probe }: Batch, { limit = 6, seconds = 20 } = {}) {
  writeFileSync(log, "")
  const boundary = "--b"
  const whole = lanes.map(({ calls, others = [], last = [] }) => ({ calls, others, last }))
  const order = join(folder, "order.json")
  writeFileSync(order, JSON.stringify({ boundary, seconds, late: "too late", limit, lanes: whole, probe }))
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, order])
  const lengths = whole.map(({ calls, others, last }) => calls.length + others.length + last.length)
  const results = parseBatch({ exitCode: 0, stdout, stderr: "" }, { boundary, lengths })
  return { results, events: readFileSync(log, "utf8").trim().split("\n") }
}

const IN_TURN = ["+a", "-a", "+b", "-b"]

test("runs the calls of a lane in turn, and lanes side by side", async () => {
  const { events } = await runCalls({ lanes: [{ calls: [call("a", "sleep 0.5"), call("b")] }, { calls: [call("c")] }] })
  expect(events.filter((event) => !event.includes("c"))).toEqual(IN_TURN)
  expect(events.indexOf("-c")).toBeLessThan(events.indexOf("-a"))
})

test("prints the output and the exit code of each call unchanged", async () => {
  const first = call("a", "printf 'two\\nlines\\n'; printf warning >&2")
  const { results } = await runCalls({ lanes: [{ calls: [first, call("b", "echo no >&2; (exit 7)")] }] })
  expect(results).toEqual([
    [
      { exitCode: 0, stdout: "two\nlines\n", stderr: "warning" },
      { exitCode: 7, stdout: "", stderr: "no\n" },
    ],
  ])
})

test("ends a lane at a failed call, and no other lane", async () => {
  const { results, events } = await runCalls({
    lanes: [{ calls: [call("a", "false")], others: [call("b")], last: [call("c")] }, { calls: [call("d")] }],
  })
  expect(events.toSorted()).toEqual(["+a", "+d", "-a", "-d"])
  expect(results?.[0]?.slice(1)).toEqual([undefined, undefined])
})

test("ends a lane at an output that it must not have", async () => {
  const { events } = await runCalls({
    lanes: [{ calls: [call("a", "echo is there >&2", { unless: "^is there$" }), call("b")] }],
  })
  expect(events).toEqual(["+a", "-a"])
})

test.each([
  {
    name: "runs the others side by side if the probe fails as expected",
    script: "echo UNKNOWN tag >&2; false",
    overlap: true,
  },
  { name: "runs the others in turn if the probe succeeds", script: "echo UNKNOWN tag >&2", overlap: false },
  {
    name: "runs the others in turn if the probe fails for another reason",
    script: "echo 503 >&2; false",
    overlap: false,
  },
])("$name", async ({ script, overlap }) => {
  const { events } = await runCalls({
    lanes: [{ calls: [call("first")], others: [call("a", "sleep 0.4"), call("b", "sleep 0.4")], last: [call("z")] }],
    probe: { args: call("probe", script).args, failure: "UNKNOWN" },
  })
  const own = events.filter((event) => !event.includes("probe"))
  expect(own.slice(0, 2)).toEqual(["+first", "-first"])
  expect(own.slice(-2)).toEqual(["+z", "-z"])
  if (overlap) expect(own.slice(2, 4).toSorted()).toEqual(["+a", "+b"])
  else expect(own.slice(2, 6)).toEqual(IN_TURN)
})

test("runs the others in turn without a probe", async () => {
  const { events } = await runCalls({ lanes: [{ calls: [], others: [call("a"), call("b")] }] })
  expect(events).toEqual(IN_TURN)
})

test("runs at most as many calls at a time as the limit", async () => {
  const { events } = await runCalls({ lanes: ["a", "b", "c"].map((name) => ({ calls: [call(name)] })) }, { limit: 1 })
  expect(events.filter((_, at) => at % 2 === 0).every((event) => event.startsWith("+"))).toBe(true)
})

test("ends a call that is late, and reports it", async () => {
  const { results } = await runCalls({ lanes: [{ calls: [{ args: ["sleep", "30"] }] }] }, { seconds: 0.2 })
  expect(results).toEqual([[{ exitCode: 1, stdout: "", stderr: "too late" }]])
})

test("reports a program that is not there", async () => {
  const { results } = await runCalls({ lanes: [{ calls: [{ args: ["/no/such/program"] }] }] })
  expect(results?.[0]?.[0]).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("ENOENT") })
})
