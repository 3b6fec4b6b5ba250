// Runs the calls in the file ORDER in this container, the lanes side by side, and prints the result of each. It imports only
// Node and has no types, so that it starts fast.
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"

const { boundary, seconds, late, limit, lanes, probe } = JSON.parse(readFileSync(process.argv[2], "utf8"))

/** Starts waiting work when other work ends. */
let free = limit
const waiting = []

async function withSlot(work) {
  if (free > 0) free--
  else await new Promise((resolve) => waiting.push(resolve))
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
}

/** Set if a command could not be started: the batch as a whole fails then, because the engine reports the cause better. */
let broken = false

function run([program, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] })
    const timer = setTimeout(() => child.kill("SIGKILL"), seconds * 1000)
    const chunks = { stdout: [], stderr: [] }
    for (const name of ["stdout", "stderr"]) child[name]?.on("data", (chunk) => chunks[name].push(chunk))
    const end = (exitCode, { stdout, stderr }) => {
      clearTimeout(timer)
      resolve({ exitCode, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) })
    }
    child.on("error", ({ message }) => {
      broken = true
      end(1, { stdout: [], stderr: [Buffer.from(`Error: ${message}\n`)] })
    })
    child.on("close", (code) => {
      if (child.killed) end(1, { stdout: [], stderr: [Buffer.from(late)] })
      else end(code ?? 1, chunks)
    })
  })
}

// bytes stay as they are, because the engine hides a secret only where it stands unchanged
function print(lane, at, { exitCode, ...output }) {
  for (const name of ["stdout", "stderr"]) {
    process.stdout.write(`\n${boundary} ${lane} ${at} ${exitCode} ${name}\n`)
    process.stdout.write(output[name])
  }
}

/** Whether the lane goes on. */
async function runOne(lane, at, { args, unless }) {
  const result = await withSlot(() => run(args))
  print(lane, at, result)
  return result.exitCode === 0 && !(unless && new RegExp(unless, "m").test(`${result.stdout}\n${result.stderr}`))
}

async function inTurn(lane, calls, first) {
  for (const [at, call] of calls.entries()) if (!(await runOne(lane, first + at, call))) return false
  return true
}

/** Whether `others` may run side by side: the probe must fail, and for the reason that is expected. */
const apart = probe
  ? withSlot(() => run(probe.args)).then(
      ({ exitCode, stderr }) => exitCode !== 0 && new RegExp(probe.failure).test(stderr),
    )
  : false

async function runLane({ calls, others, last }, lane) {
  if (!(await inTurn(lane, calls, 0))) return
  const from = calls.length
  const done = (await apart)
    ? (await Promise.all(others.map((call, at) => runOne(lane, from + at, call)))).every(Boolean)
    : await inTurn(lane, others, from)
  if (done) await inTurn(lane, last, from + others.length)
}

await Promise.all(lanes.map(runLane))
await apart
if (broken) process.exitCode = 1
process.stdout.write(`\n${boundary} end\n`)
