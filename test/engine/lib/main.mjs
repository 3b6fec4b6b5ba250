import { down } from "./down.mjs"
import { Refusal } from "./say.mjs"
import { status } from "./status.mjs"
import { up } from "./up.mjs"

const [command, ...args] = process.argv.slice(2)
try {
  await { up, down, status }[command](args)
} catch (error) {
  const told = error instanceof Refusal || error.code?.startsWith("ERR_PARSE_ARGS")
  process.stderr.write(`engine: ${told ? error.message : error.stack}\n`)
  process.exitCode = 1
}
