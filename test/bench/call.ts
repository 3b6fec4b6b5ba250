// What a call of a function that is no stage costs, with its parts, against another commit of this repository. Both trees are
// measured in turn, on an engine of the bench: the cold call on an engine that has forgotten everything, the warm one after it,
// and the parts of its process in a container, as Dagger's runtime runs it. Medians, in wall and processor seconds (of the engine,
// all that it runs, and the command). Exits with 1 if a ratio is missed. Run: npx tsx test/bench/call.ts --base=COMMIT

import { execFileSync } from "node:child_process"
import { randomUUID } from "node:crypto"
import { cpSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type Container, dag } from "@dagger.io/dagger"
import { dagger, daggerCall } from "../e2e/dagger-call.ts"
import { inSession } from "../e2e/session.ts"
import { emptyEngine, removeEngine } from "./ship-world.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const { familySeconds } = await import(new URL("../engine/lib/process.mjs", import.meta.url).href)
const { processorSeconds } = await import(new URL("processor-seconds.cjs", import.meta.url).href)

const { values } = parseArgs({
  options: {
    base: { type: "string" },
    runs: { type: "string", default: "5" },
    cold: { type: "string", default: "3" },
  },
})
if (!values.base) throw new Error("expected --base=COMMIT, got none. Pass the commit to compare with.")

type Seconds = { wall: number; processor: number }
type Side = { name: "base" | "now"; folder: string; seconds: Map<string, Seconds[]> }

// the runtime's own version of tsx: sdk/typescript of v0.21.8
const TSX = "tsx@4.15.6"
const COLD = "A cold call"
const WARM = "A warm call"
const INSTALL = "`npm install`"
const PROCESS = "its process"
const PARTS = {
  library: "Node, tsx, the SDK's library and TypeScript",
  files: "import of what is in `src/`",
  program: "TypeScript's program of `src/`",
  function: "the function, with what it imports",
}
/** Put into the installed TypeScript: the moment at which the module's files are imported. */
const MARK = [
  'require("node:fs").writeFileSync(process.env.PROGRAM_BEGINS, JSON.stringify({ time: Date.now(), ',
  'processor: require("/bench/processor-seconds.cjs").processorSeconds(process.ppid) }))',
].join("")

/** A copy of a commit without its history. */
function treeOf(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-call-"))
  const files = execFileSync("git", ["archive", commit], { cwd: ROOT, maxBuffer: 1 << 30 })
  execFileSync("tar", ["-x", "-C", folder], { input: files })
  return folder
}

/** The working tree as a commit, which no branch has; without changes there is none to make. */
function workingTree(): string {
  return execFileSync("git", ["stash", "create"], { cwd: ROOT, encoding: "utf8" }).trim() || "HEAD"
}

/** A report of another scanner, without findings; unlike every other one, so that no result of the engine is reused. */
function report(): string {
  const driver = { name: "bench", version: randomUUID() }
  return JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver }, results: [] }] })
}

function note(side: Side, what: string, seconds: Seconds): void {
  side.seconds.set(what, [...(side.seconds.get(what) ?? []), seconds])
  console.error(
    `  ${side.name}: ${what} ${seconds.wall.toFixed(1)} s, ${seconds.processor.toFixed(1)} processor seconds`,
  )
}

async function call({ folder }: Side): Promise<Seconds> {
  const file = join(mkdtempSync(join(tmpdir(), "slipway-call-")), "report.sarif")
  writeFileSync(file, report())
  const used = () => familySeconds("engine-bench") + processorSeconds(process.pid)
  const before = used()
  const called = await daggerCall(["-m", folder, "gate-sarif", `--sarif=${file}`], { cwd: folder })
  if (called.code !== 0) throw new Error(called.stderr.slice(-2000))
  return { wall: called.seconds, processor: used() - before }
}

/** The module as the runtime lays it out, in a container that has the runtime's tsx. Notes what the installation takes. */
async function installed(side: Side): Promise<Container> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-call-"))
  cpSync(side.folder, folder, { recursive: true })
  const developed = await dagger(["develop", "--progress=plain", "-m", "."], { cwd: folder })
  if (developed.code !== 0) throw new Error(developed.stderr.slice(-2000))
  const files = dag.host().directory(folder, { noCache: true })
  const container = dag
    .container()
    .from("node:24")
    .withExec(["npm", "install", "--global", TSX])
    .withWorkdir("/src")
    .withDirectory(".", files, { include: ["package.json", "package-lock.json"] })
    .withEnvVariable("RUN", randomUUID())
    .withExec(["bash", "-c", "TIMEFORMAT='%R %U %S'; time npm install --omit=dev >/dev/null 2>&1"])
  const [wall = 0, user = 0, system = 0] = (await container.stderr()).trim().split(" ").map(Number)
  note(side, INSTALL, { wall, processor: user + system })
  return container
    .withExec(["sed", "-i", `s|^function createProgram(.*{$|&${MARK};|`, "node_modules/typescript/lib/typescript.js"])
    .withDirectory(".", files, { exclude: ["package.json", "package-lock.json"] })
    .withDirectory("node_modules/@dagger.io/dagger", files.directory("sdk"))
    .withFile(
      "src/__dagger.entrypoint.ts",
      dag.host().file(join(ROOT, "test/engine/typescript-sdk/lib/entrypoint.ts.in")),
    )
    .withDirectory("/bench", dag.host().directory(join(ROOT, "test/bench"), { include: ["*.mjs", "*.cjs"] }))
}

async function measureProcess(side: Side, container: Container): Promise<void> {
  const printed = await container
    .withEnvVariable("REPORT", report())
    .withExec(["node", "/bench/call-process.mjs", "gateSarif", JSON.stringify({ sarif: "report" })])
    .stdout()
  const { whole, ...parts } = JSON.parse(printed) as Record<keyof typeof PARTS | "whole", Seconds>
  note(side, PROCESS, whole)
  for (const part of Object.keys(PARTS) as (keyof typeof PARTS)[]) note(side, PARTS[part], parts[part])
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0
}

function medianOf(side: Side, what: string): Seconds {
  const all = side.seconds.get(what) ?? []
  return { wall: median(all.map(({ wall }) => wall)), processor: median(all.map(({ processor }) => processor)) }
}

function print(name: string, [base, now]: [Seconds, Seconds], most?: number): void {
  const compared = (["processor", "wall"] as const).flatMap((unit) => [
    base[unit].toFixed(1),
    now[unit].toFixed(1),
    (now[unit] / base[unit]).toFixed(2),
  ])
  console.log(`| ${[name, ...compared, most === undefined ? "" : `≤ ${most}`].join(" | ")} |`)
  if (most !== undefined && now.processor > most * base.processor) process.exitCode = 1
}

/** What is left of a median without others. */
function rest(side: Side, of: string, without: string[]): Seconds {
  const less = without.map((what) => medianOf(side, what))
  const { wall, processor } = medianOf(side, of)
  return {
    wall: less.reduce((left, one) => left - one.wall, wall),
    processor: less.reduce((left, one) => left - one.processor, processor),
  }
}

const base: Side = { name: "base", folder: treeOf(values.base), seconds: new Map() }
const now: Side = { name: "now", folder: treeOf(workingTree()), seconds: new Map() }
const sides = [base, now]
const times = (count: string | undefined) => Array.from({ length: Number(count) }, (_, n) => n)

process.on("unhandledRejection", (error) => console.error(`  afterwards: ${String(error).split("\n")[0]}`))
for (const _ of times(values.cold)) {
  for (const side of sides) {
    emptyEngine()
    note(side, COLD, await call(side))
  }
}
if (values.cold === "0") emptyEngine()
for (const side of sides) await call(side)
for (const _ of times(values.runs)) for (const side of sides) note(side, WARM, await call(side))
await inSession(async () => {
  const containers = await Promise.all(sides.map(async (side) => ({ side, container: await installed(side) })))
  for (const _ of times(values.runs))
    for (const { side, container } of containers) await measureProcess(side, container)
})

const both = (what: string): [Seconds, Seconds] => [medianOf(base, what), medianOf(now, what)]
const left = (of: string, without: string[]): [Seconds, Seconds] => [rest(base, of, without), rest(now, of, without)]
console.log(`| What | ${values.base}, processor | Now | Ratio | ${values.base}, wall | Now | Ratio | Target |`)
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |")
if (values.cold !== "0") {
  print(COLD, both(COLD), 0.6)
  print(`${INSTALL} in it`, both(INSTALL))
  print("module's load, codegen and types in it", left(COLD, [INSTALL, WARM]))
}
print(WARM, both(WARM), 0.5)
print("engine, session and command in it", left(WARM, [PROCESS]))
print(`${PROCESS}`, both(PROCESS))
for (const part of Object.values(PARTS)) print(part, both(part))
removeEngine()
// what says goodbye to an engine that is gone would keep this process for minutes
process.exit()
