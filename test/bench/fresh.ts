// What the caches of the former commit save on an empty engine, as ratios within one run: one line changed, `ship` without and
// with the bundle, for Go, for Node with npm ci, and for a Dockerfile with cache mounts, and the same tools by hand.
// Exits with 1 if a ratio is missed. Run: npx tsx test/bench/fresh.ts [go|node|mounts]

import { cpSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { dag } from "@dagger.io/dagger"
import { readShipOptions } from "../../lib/ship/options/options.ts"
import { requireShipped, ship } from "../../lib/ship/ship.ts"
import { parseSigningKey } from "../../lib/sign/signer-input.ts"
import { toolImages } from "../../src/api/access.ts"
import { startSession } from "../e2e/session.ts"
import { shipTools } from "../e2e/ship-options.ts"
import { signingSecrets } from "../e2e/signing-key.ts"
import { slipway } from "../e2e/slipway.ts"
import { NO_FLAGS } from "../ship/no-flags.ts"
import { GO_TESTS, type HandWork, shipByHand } from "./by-hand.ts"
import { commit, emptyEngine, openWorld, removeEngine, type World } from "./ship-world.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const PROTECTED = ["GITHUB_REF=refs/heads/main", "GITHUB_REF_PROTECTED=true", "GITHUB_EVENT_NAME=push"]

const INSTANCE = "fresh"

/** `tests` are those that a script runs by hand. */
type Source = { from: string; files: Record<string, string>; changed: string } & Pick<HandWork, "tests">

// the test database knows a HIGH finding of Debian
const NODE_SETTINGS = "smoke: false\nscan: { failOn: { severity: CRITICAL } }\n"
const NODE_FILES = {
  "orders.test.js": 'import test from "node:test"\nimport "pg"\ntest("loads its dependencies", () => {})\n',
  "slipway.yaml": settings(NODE_SETTINGS),
}
const NODE_TESTS = {
  image: "node:24",
  commands: [
    ["npm", "ci"],
    ["node", "--test"],
  ],
}
const NODE_DOCKERFILE = readFileSync(join(ROOT, "examples/orders-node/Dockerfile"), "utf8")
const SOURCES: Record<string, Source> = {
  go: { from: "hello-go", files: { "slipway.yaml": settings("") }, changed: "main.go", tests: GO_TESTS },
  node: { from: "orders-node", files: NODE_FILES, changed: "server.js", tests: NODE_TESTS },
  mounts: {
    from: "orders-node",
    files: {
      ...NODE_FILES,
      "slipway.yaml": settings(`${NODE_SETTINGS}test: false\n`),
      Dockerfile: NODE_DOCKERFILE.replace("RUN npm ci", "RUN --mount=type=cache,target=/root/.npm npm ci"),
    },
    changed: "server.js",
  },
}

/** An image without a place in GitOps: what caches change ends with the build. */
function settings(more: string): string {
  return `repository: registry.test:5000/team/hello\nplatforms: [linux/amd64, linux/arm64]\ntags: ["{shortSha}"]\n${more}`
}

function repositoryOf({ from, files }: Source): string {
  const folder = mkdtempSync(join(tmpdir(), "slipway-fresh-"))
  cpSync(join(ROOT, "examples", from), folder, { recursive: true })
  commit(folder, files)
  return folder
}

/** Ships on an engine that has nothing but the module's own images. Returns the seconds, and the caches for the next run. */
async function onEmptyEngine(folder: string, caches: string): Promise<{ seconds: number; text: string; next: string }> {
  return await inEmptyEngine(async ({ registry, key, database }) => {
    const module = slipway({ vulnerabilityDb: database })
    const flags = {
      ...{ ...NO_FLAGS, ci: PROTECTED, signing: await signingSecrets(key) },
      registry: { service: registry.service, plainHttp: true },
      cache: dag.host().directory(caches, { noCache: true }),
    }
    const source = dag.host().directory(folder, { noCache: true })
    const start = Date.now()
    const target = await readShipOptions(source, flags, shipTools(module))
    if (target.kind !== "image") throw new Error("expected one image")
    const release = requireShipped(await ship(source, target.options))
    const seconds = (Date.now() - start) / 1000
    const { cache, stages } = release.record
    const volumes = cache?.volumes.map(
      ({ name, import: is, bytes = 0 }) => `${name} ${is} ${(bytes / 1e6).toFixed(1)} MB`,
    )
    const parts = stages.map(({ name, seconds }) => `${name} ${seconds.toFixed(0)}`).join(", ")
    const next = mkdtempSync(join(tmpdir(), "slipway-fresh-caches-"))
    await release.caches?.export(next)
    return { seconds, text: `${volumes?.join(", ")}; export ${cache?.export.status}; ${parts}`, next }
  })
}

async function byHand(folder: string, { tests }: Source): Promise<number> {
  return await inEmptyEngine(async (world) => {
    const { crane, cosign, trivy, kustomize } = toolImages(slipway())
    const { key, password } = await signingSecrets(world.key)
    const publicKey = dag.host().file(world.key.publicKey)
    const start = Date.now()
    const place = {
      ...world,
      images: { crane, cosign, trivy, kustomize },
      publicKey,
      key: parseSigningKey({ key, password }),
    }
    const parts = await shipByHand(dag.host().directory(folder, { noCache: true }), place, {
      ...(tests && { tests }),
      bump: false,
    })
    const text = Object.entries(parts).map(([part, seconds]) => `${part} ${seconds.toFixed(0)}`)
    console.log(`  by hand: ${text.join(", ")}`)
    return (Date.now() - start) / 1000
  })
}

async function inEmptyEngine<T>(run: (world: World) => Promise<T>): Promise<T> {
  emptyEngine(INSTANCE)
  const end = await startSession()
  try {
    const world = await openWorld()
    const result = await run(world)
    world.git.stop()
    return result
  } finally {
    await end()
  }
}

function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

function say(name: string, seconds: number, { than, most }: { than?: number; most?: number } = {}): void {
  const ratio = than === undefined ? "" : (seconds / than).toFixed(2)
  console.log(`| ${name} | ${seconds.toFixed(1)} s | ${ratio} | ${most === undefined ? "" : `≤ ${most}`} |`)
  if (than !== undefined && most !== undefined && seconds > most * than) process.exitCode = 1
}

async function compare(name: string, source: Source): Promise<void> {
  const folder = repositoryOf(source)
  const nothing = mkdtempSync(join(tmpdir(), "slipway-fresh-none-"))
  // what a run without a bundle costs is the same for both commits
  const without = await onEmptyEngine(folder, nothing)
  say(`${name}, without the bundle`, without.seconds)
  console.log(`  it writes ${(sizeOf(without.next) / 1e6).toFixed(1)} MB; ${without.text}`)
  const text = readFileSync(join(folder, source.changed), "utf8")
  commit(folder, { [source.changed]: `${text}\n// one line more\n` })
  const withBundle = await onEmptyEngine(folder, without.next)
  say(`${name}, with the bundle of the former commit`, withBundle.seconds, { than: without.seconds, most: 1 })
  console.log(`  ${withBundle.text}`)
  const hand = await byHand(folder, source)
  say(`${name}, the same tools by hand`, hand)
  say(`${name}, without the bundle against by hand`, without.seconds, { than: hand })
  say(`${name}, with the bundle against by hand`, withBundle.seconds, { than: hand, most: 0.5 })
}

process.on("unhandledRejection", (error) => console.error(`  afterwards: ${String(error).split("\n")[0]}`))
const [only] = process.argv.slice(2)
for (const [name, source] of Object.entries(SOURCES)) if (!only || only === name) await compare(name, source)
removeEngine(INSTANCE)
// what says goodbye to an engine that is gone would keep this process for minutes
process.exit()
