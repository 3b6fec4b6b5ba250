// What a whole delivery costs, as ratios within one run, on an engine of its own: `ship`, against what runs the same tools one
// after another in the same containers; again with nothing changed, and with one line changed; eight services against one;
// and what a call adds to its stages. "Empty" is an engine that has forgotten everything, images too. Exits with 1 if a ratio
// is missed. Run: npx tsx test/bench/ship.ts

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { timeline } from "../../lib/report/page.ts"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { ReleaseRecord } from "../../lib/ship/record/record.ts"
import { requireAll, shipAll } from "../../lib/ship/run.ts"
import { toolImages } from "../../src/api/access.ts"
import { daggerCall } from "../e2e/dagger-call.ts"
import { startSession } from "../e2e/session.ts"
import { shipTools } from "../e2e/ship-options.ts"
import { signingSecrets } from "../e2e/signing-key.ts"
import { slipway } from "../e2e/slipway.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { shipByHand } from "./by-hand.ts"
import {
  commit,
  EIGHT,
  emptyEngine,
  helloRepository,
  openWorld,
  removeEngine,
  servicesRepository,
  type World,
} from "./ship-world.ts"

type Limit = { than: number; most?: number }
type Stages = Record<string, number>

async function bySlipway(folder: string, world: World, { force = false } = {}): Promise<Stages> {
  const { registry, git, key, database } = world
  const module = slipway({ vulnerabilityDb: database })
  const flags = {
    ...{ ...NO_FLAGS, force, signing: await signingSecrets(key) },
    registry: { service: registry.service, plainHttp: true },
    git: { gitService: git.service() },
  }
  const source = dag.host().directory(folder, { noCache: true })
  const shipped = requireAll(await shipAll(source, await readShipOptions(source, flags, shipTools(module))))
  if ("services" in shipped) {
    const other = [...shipped.services].filter(([, { status }]) => status !== "shipped")
    if (other.length > 0) throw new Error(`not shipped: ${other.map(([name]) => name).join(", ")}`)
    return {}
  }
  if (shipped.finished) return {}
  return Object.fromEntries(shipped.record.stages.map(({ name, seconds = 0 }) => [name, seconds]))
}

async function byHand(folder: string, { registry, git, key, database }: World): Promise<Stages> {
  const module = slipway()
  const { key: text, password } = await signingSecrets(key)
  return await shipByHand(dag.host().directory(folder, { noCache: true }), {
    ...{ registry, git, database },
    images: { ...toolImages(module), trivy: module["trivyImage"] },
    key: { kind: "keyPair", key: text, password },
    publicKey: dag.host().file(key.publicKey),
  })
}

async function measure(name: string, run: () => Promise<Stages>, limit?: Limit): Promise<number> {
  const start = Date.now()
  const stages = await run()
  const seconds = (Date.now() - start) / 1000
  say(name, seconds, limit)
  const parts = Object.entries(stages).map(([stage, taken]) => `${stage} ${taken.toFixed(1)}`)
  if (parts.length > 0) console.error(`  ${name}: ${parts.join(", ")}`)
  return seconds
}

function say(name: string, seconds: number, { than, most }: Partial<Limit> = {}): void {
  const ratio = than === undefined ? "" : (seconds / than).toFixed(2)
  const missed = than !== undefined && most !== undefined && seconds > most * than
  console.log(`| ${name} | ${seconds.toFixed(1)} s | ${ratio} | ${most === undefined ? "" : `≤ ${most}`} |`)
  if (missed) process.exitCode = 1
}

/** Nothing of the module, of its images or of the example is in the engine before the first call, and all before the second. */
async function calls(): Promise<void> {
  for (const name of ["first", "second"]) {
    const called = await daggerCall(["release", "--source=examples/hello-go", "record", "contents"])
    if (called.code !== 0) throw new Error(called.stderr.slice(-2000))
    const { ok, stages } = ReleaseRecord.parse(JSON.parse(called.stdout))
    if (!ok) throw new Error(called.stdout)
    say(`${name} call of a rehearsal`, called.seconds)
    say(`${name} call without its stages`, called.seconds - timeline(stages).total, { than: called.seconds })
  }
}

async function deliveries(): Promise<void> {
  const world = await openWorld()
  const folder = helloRepository(world)
  const first = await measure(OURS.name, () => bySlipway(folder, world))
  await measure("nothing changed", () => bySlipway(folder, world), { than: first, most: 0.15 })
  await measure("nothing changed, `--force`", () => bySlipway(folder, world, { force: true }), { than: first })
  const text = readFileSync(join(folder, "main.go"), "utf8")
  commit(folder, { "main.go": text.replace("listening on", "listening now on") })
  await measure("one line changed", () => bySlipway(folder, world), { than: first, most: 0.5 })
  const [app, eight] = [servicesRepository(world, ["app"]), servicesRepository(world, EIGHT)]
  const one = await measure("one small service", () => bySlipway(app, world))
  await measure("eight small services", () => bySlipway(eight, world), { than: one })
  world.git.stop()
}

type Side = { name: string; run: (folder: string, world: World) => Promise<Stages> }
const OURS: Side = { name: "`ship`, engine empty", run: bySlipway }
const THEIRS: Side = { name: "the same tools by hand, engine empty", run: byHand }
/** The best of each so far: a machine that others use too is never faster than it is, and often slower. */
const best = new Map<Side, number>()

async function cold(side: Side): Promise<void> {
  const world = await openWorld()
  const folder = helloRepository(world)
  const seconds = await measure(side.name, () => side.run(folder, world))
  best.set(side, Math.min(seconds, best.get(side) ?? seconds))
  world.git.stop()
}

async function inSession(run: () => Promise<void>): Promise<void> {
  const end = await startSession()
  try {
    await run()
  } finally {
    await end()
  }
}

/** In turn, so that neither always comes when the machine is busy, or when it has read everything from its disk before. */
const PARTS: { name: string; run: () => Promise<void> }[] = [
  { name: "deliveries", run: () => inSession(deliveries) },
  { name: "cold", run: () => inSession(() => cold(THEIRS)) },
  { name: "cold", run: () => inSession(() => cold(OURS)) },
  { name: "cold", run: () => inSession(() => cold(THEIRS)) },
  { name: "cold", run: () => inSession(() => cold(OURS)) },
  { name: "calls", run: calls },
]
const [only] = process.argv.slice(2)
// the SDK leaves its session's process to itself, which says goodbye to an engine that is emptied by then; what is measured is awaited
process.on("unhandledRejection", (error) => console.error(`  afterwards: ${String(error).split("\n")[0]}`))

for (const { name, run } of PARTS) {
  if (only && only !== name) continue
  emptyEngine()
  await run()
}
const [ours, theirs] = [best.get(OURS), best.get(THEIRS)]
if (ours && theirs) say("best `ship` against best by hand, engine empty", ours, { than: theirs, most: 1 })
removeEngine()
// what says goodbye to an engine that is gone would keep this process for minutes
process.exit()
