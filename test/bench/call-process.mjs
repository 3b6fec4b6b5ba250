// One call of a module's function as Dagger's TypeScript runtime runs it, without an engine: the queries of the runtime are answered
// here, and the time of each tells which part of the call has ended. Prints the parts as JSON, in wall and processor seconds.
// Run by test/bench/call.ts in a container: node call-process.mjs FUNCTION ARGUMENTS, in the module's folder.

import { spawn } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import processor from "./processor-seconds.cjs"

const [fn, given = "{}"] = process.argv.slice(2)
const args = Object.entries(JSON.parse(given))

/** The first that a query matches gives the response. `ends` is the part of the call that has ended when the query comes. */
const RESPONSES = [
  { query: /\{ currentModule \{ name \}/, path: "currentModule.name", value: () => "slipway", ends: "library" },
  { query: /\{ parentName \}/, path: "currentFunctionCall.parentName", value: () => "Slipway", ends: "program" },
  { query: /currentFunctionCall \{ name \}/, path: "currentFunctionCall.name", value: () => fn },
  { query: /\{ parent \}/, path: "currentFunctionCall.parent", value: () => "{}" },
  {
    query: /\{ inputArgs \{ id \}/,
    path: "currentFunctionCall.inputArgs",
    value: () => args.map((_, n) => ({ id: `argument-${n}` })),
  },
  { query: /"argument-(\d+)"\).*\{ name \}/, path: "node.name", value: (n) => args[n][0] },
  { query: /"argument-(\d+)"\).*\{ value \}/, path: "node.value", value: (n) => JSON.stringify(args[n][1]) },
  { query: /"report"\).*\{ contents \}/, path: "node.contents", value: () => process.env.REPORT },
  { query: /\{ returnValue /, path: "currentFunctionCall.returnValue", value: () => null, ends: "function" },
]

const moments = {}
const started = Date.now()
let call

function respond(query) {
  for (const { query: pattern, path, value, ends } of RESPONSES) {
    const match = query.match(pattern)
    if (!match) continue
    if (ends) moments[ends] = { wall: (Date.now() - started) / 1000, processor: processor.processorSeconds(call.pid) }
    const names = path.split(".")
    return names.reduceRight((inner, name) => ({ [name]: inner }), value(Number(match[1])))
  }
  console.error(`unexpected query: ${query}`)
  process.exit(1)
}

const server = createServer(async (request, response) => {
  const { query } = JSON.parse((await request.toArray()).join(""))
  response.setHeader("content-type", "application/json")
  response.end(JSON.stringify({ data: respond(query.replace(/\s+/g, " ")) }))
})
server.keepAliveTimeout = 0 // reading the types takes longer than the default
await new Promise((listens) => server.listen(0, "127.0.0.1", listens))

// tsx caches there: a container is new at each call
const temporary = mkdtempSync(join(tmpdir(), "call-"))
// the line that call.ts puts into the installed TypeScript writes there when the import of the module's files has ended
const programFile = join(temporary, "program.json")
call = spawn(
  "tsx",
  ["--no-deprecation", "--tsconfig", resolve("tsconfig.json"), resolve("src/__dagger.entrypoint.ts")],
  {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...process.env,
      NODE_OPTIONS: "--use-openssl-ca",
      TMPDIR: temporary,
      PROGRAM_BEGINS: programFile,
      DAGGER_SESSION_PORT: String(server.address().port),
      DAGGER_SESSION_TOKEN: "bench",
    },
  },
)
const code = await new Promise((ended) => call.on("exit", ended))
if (code !== 0 || !moments.function) throw new Error(`the call ended with ${code}`)

const { library, program, function: end } = moments
const begins = JSON.parse(readFileSync(programFile, "utf8"))
rmSync(temporary, { recursive: true })
const between = (from, to) => ({ wall: to.wall - from.wall, processor: to.processor - from.processor })
const whole = { wall: (Date.now() - started) / 1000, processor: end.processor }
const programBegins = { wall: (begins.time - started) / 1000, processor: begins.processor }
console.log(
  JSON.stringify({
    library,
    files: between(library, programBegins),
    program: between(programBegins, program),
    function: between(program, end),
    whole,
  }),
)
process.exit()
