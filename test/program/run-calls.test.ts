import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { type Batch, type Call, type Lane, parseBatch } from "../../lib/program/batch.ts"

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

const boundary = "--b"
const wholeOf = (lanes: Lane[]) => lanes.map(({ calls, others = [], last = [] }) => ({ calls, others, last }))

function start({ lanes, probe }: Batch, { limit = 6, seconds = 20 } = {}) {
  writeFileSync(log, "")
  const order = join(folder, "order.json")
  writeFileSync(order, JSON.stringify({ boundary, seconds, late: "too late", limit, lanes: wholeOf(lanes), probe }))
  return spawnSync(process.execPath, [PROGRAM, order])
}

function runCalls({ lanes, probe }: Batch, options?: { limit?: number; seconds?: number }) {
  const { status, stdout } = start({ lanes, probe }, options)
  expect(status).toBe(0)
  const whole = wholeOf(lanes)
  const lengths = whole.map(({ calls, others, last }) => calls.length + others.length + last.length)
  const results = parseBatch({ exitCode: 0, stdout: stdout.toString(), stderr: "" }, { boundary, lengths })
  return { results, events: readFileSync(log, "utf8").trim().split("\n") }
}

const IN_TURN = ["+a", "-a", "+b", "-b"]

test("runs the calls of a lane in turn, and lanes side by side", () => {
  const { events } = runCalls({ lanes: [{ calls: [call("a", "sleep 0.5"), call("b")] }, { calls: [call("c")] }] })
  expect(events.filter((event) => !event.includes("c"))).toEqual(IN_TURN)
  expect(events.indexOf("-c")).toBeLessThan(events.indexOf("-a"))
})

test("prints the output and the exit code of each call unchanged", () => {
  const first = call("a", "printf 'two\\nlines\\n'; printf warning >&2")
  const { results } = runCalls({ lanes: [{ calls: [first, call("b", "echo no >&2; (exit 7)")] }] })
  expect(results).toEqual([
    [
      { exitCode: 0, stdout: "two\nlines\n", stderr: "warning" },
      { exitCode: 7, stdout: "", stderr: "no\n" },
    ],
  ])
})

test("ends a lane at a failed call, and no other lane", () => {
  const { results, events } = runCalls({
    lanes: [{ calls: [call("a", "false")], others: [call("b")], last: [call("c")] }, { calls: [call("d")] }],
  })
  expect(events.toSorted()).toEqual(["+a", "+d", "-a", "-d"])
  expect(results?.[0]?.slice(1)).toEqual([undefined, undefined])
})

test("ends a lane at an output that it must not have", () => {
  const { events } = runCalls({
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
])("$name", ({ script, overlap }) => {
  const { events } = runCalls({
    lanes: [{ calls: [call("first")], others: [call("a", "sleep 0.4"), call("b", "sleep 0.4")], last: [call("z")] }],
    probe: { args: call("probe", script).args, failure: "UNKNOWN" },
  })
  const own = events.filter((event) => !event.includes("probe"))
  expect(own.slice(0, 2)).toEqual(["+first", "-first"])
  expect(own.slice(-2)).toEqual(["+z", "-z"])
  if (overlap) expect(own.slice(2, 4).toSorted()).toEqual(["+a", "+b"])
  else expect(own.slice(2, 6)).toEqual(IN_TURN)
})

test("runs the others in turn without a probe", () => {
  const { events } = runCalls({ lanes: [{ calls: [], others: [call("a"), call("b")] }] })
  expect(events).toEqual(IN_TURN)
})

test("runs at most as many calls at a time as the limit", () => {
  const { events } = runCalls({ lanes: ["a", "b", "c"].map((name) => ({ calls: [call(name)] })) }, { limit: 1 })
  expect(events.filter((_, at) => at % 2 === 0).every((event) => event.startsWith("+"))).toBe(true)
})

test("ends a call that is late, and reports it", () => {
  const { results } = runCalls({ lanes: [{ calls: [{ args: ["sleep", "30"] }] }] }, { seconds: 0.2 })
  expect(results).toEqual([[{ exitCode: 1, stdout: "", stderr: "too late" }]])
})

test("prints bytes that are no UTF-8 unchanged, so that the engine finds a secret in them", () => {
  const { stdout } = start({ lanes: [{ calls: [call("a", "printf 'caf\\351'")] }] })
  expect(stdout.toString("latin1")).toContain("stdout\ncaf\u00e9\n--b")
})

test("fails as a whole if a program cannot be started, when the calls that run have ended", () => {
  const missing = { args: ["/no/such/program"] }
  const { status } = start({ lanes: [{ calls: [missing, call("b")] }, { calls: [call("c", "sleep 0.3")] }] })
  expect(status).toBe(1)
  expect(readFileSync(log, "utf8").trim().split("\n")).toEqual(["+c", "-c"])
})
