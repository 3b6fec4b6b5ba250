import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs"
import path from "node:path"
import { parseArgs } from "node:util"

import { writeVulnerabilityDb } from "../../fixtures/vulnerability-db/make.mjs"
import { allSteps } from "../steps/steps.mjs"
import { writeBlock } from "./dotenv.mjs"
import { emptyEngine, ownHosts, startEngine, stopEngine } from "./engine.mjs"
import { findEngine } from "./found.mjs"
import { images } from "./images.mjs"
import { underLock } from "./lock.mjs"
import { howToGetAnEngine, missingToBuild } from "./machine.mjs"
import { stepsOf } from "./parts.mjs"
import { cache, checkout, DEFAULT_INSTANCE, instancePlace } from "./place.mjs"
import { serveImage } from "./push.mjs"
import { startRegistry } from "./registry.mjs"
import { Refusal, say } from "./say.mjs"
import { runAll } from "./schedule.mjs"
import { buildStep, clearRemains, dropUnused, isBuilt, readInput, stepFolder, stepKeys } from "./step.mjs"

const QUIET = { DAGGER_NO_NAG: "1", DAGGER_NO_UPDATE_CHECK: "1", DO_NOT_TRACK: "1" }
const dotenv = path.join(checkout, ".env")

/** What the tests run on this machine, as a cluster or a forge: a step, and the place in its folder. */
const CLUSTER = {
  etcd: "etcd/bin/etcd",
  kubernetes: "kubernetes/bin/kubernetes",
  rollouts: "argo-rollouts/bin/rollouts-controller",
  crds: "crds",
  "argo-cd": "argo-cd/bin/argo-cd",
  "argo-cd-crds": "argo-cd-crds/argo-cd",
  "redis-server": "redis-server/bin/redis-server",
  kustomize: "kustomize/bin/kustomize",
  "policy-webhook": "policy-webhook/bin/policy-webhook",
  "kyverno-webhook": "kyverno-webhook/bin/kyverno",
  "admission-manifests": "admission-manifests",
  "source-controller": "flux/bin/source-controller",
  "kustomize-controller": "flux/bin/kustomize-controller",
  "flux-crds": "flux/crds",
  gitea: "gitea",
}

/** Makes an engine reachable and prints the variables that a shell must export. */
export async function up(args) {
  const { values } = parseArgs({
    args,
    options: {
      instance: { type: "string", default: DEFAULT_INSTANCE },
      empty: { type: "boolean", default: false },
      with: { type: "string", default: "" },
    },
  })
  const instance = instancePlace(values.instance)
  const isDefault = values.instance === DEFAULT_INSTANCE
  const lacks = missingToBuild()
  const found = isDefault ? await findEngine(process.env, lacks.length > 0 ? [] : ownHosts()) : undefined
  if (found) {
    say(`using ${found.host ? `the engine at ${found.host}` : "dagger and the container runtime of this machine"}`)
    writeBlock(dotenv, []) // an engine with a network pulls the official images
    const host = found.host && { _EXPERIMENTAL_DAGGER_RUNNER_HOST: found.host }
    return printExports({ ...host, _EXPERIMENTAL_DAGGER_CLI_BIN: found.cli, ...QUIET })
  }
  if (lacks.length > 0) throw new Refusal(howToGetAnEngine(lacks))
  if (!underLock()) return

  const begun = Date.now()
  process.once("SIGTERM", abandon)
  process.once("SIGINT", abandon)
  const folderOf = await build(values.with.split(",").filter((name) => name !== ""))
  await startRegistry(folderOf("registry"))
  const tools = await serveImages(folderOf)
  if (values.empty) {
    await stopEngine(instance, { forget: true })
    emptyEngine(instance)
  }
  await startEngine(instance, folderOf("distribution"))
  linkProgram("dagger", path.join(folderOf("distribution"), "bin/dagger"))
  linkProgram("slipway-test-registry", path.join(folderOf("registry"), "bin/registry"))
  for (const [name, target] of Object.entries(CLUSTER)) {
    const [step, ...inside] = target.split("/")
    if (existsSync(folderOf(step))) linkProgram(`slipway-test-${name}`, path.join(folderOf(step), ...inside))
  }
  writeBlock(dotenv, [...tools, `VULNERABILITYDB=${knownVulnerabilities()}`])
  say(`ready after ${((Date.now() - begun) / 1000).toFixed(1)} s`)
  printExports({
    _EXPERIMENTAL_DAGGER_RUNNER_HOST: `unix://${instance.socket}`,
    _EXPERIMENTAL_DAGGER_CLI_BIN: path.join(cache, "bin/dagger"),
    PATH: `${path.join(cache, "bin")}:$PATH`,
    ...QUIET,
  })
}

async function build(extras) {
  const steps = allSteps()
  for (const name of extras) {
    if (!steps[name]?.optional) {
      const known = Object.keys(steps).filter((step) => steps[step].optional)
      throw new Refusal(`--with names ${JSON.stringify(name)}; expected any of ${known.join(", ")}.`)
    }
  }
  const keys = stepKeys(steps, readInput)
  const chosen = stepsOf(extras, steps)
  const wanted = Object.keys(steps).filter((name) => !steps[name].optional || chosen.includes(name))
  await clearRemains()
  const missing = wanted.filter((name) => !isBuilt(name, steps, keys))
  const tasks = missing.map((name) => ({ name, needs: steps[name].needs ?? [], heavy: steps[name].heavy ?? false }))
  await runAll(tasks, (name) => buildStep(name, steps, keys)).catch(async (error) => {
    await clearRemains()
    throw error
  })
  dropUnused(keys)
  return (name) => stepFolder(name, keys)
}

/** Pushes every image whose layers are built; returns the lines of `.env` for those that the module runs. */
async function serveImages(folderOf) {
  const begun = Date.now()
  const lines = []
  for (const image of images) {
    if (
      !Object.values(image.layers)
        .flat()
        .every((step) => existsSync(folderOf(step)))
    )
      continue
    const digest = await serveImage(image, folderOf)
    if (image.variable) lines.push(`${image.variable}=${image.host}/${image.names[0]}@${digest}`)
  }
  if (Date.now() - begun > 2000) say(`images served after ${Math.round((Date.now() - begun) / 1000)} s`)
  return lines
}

/** A small database of real advisories, because Trivy's database needs a network. */
function knownVulnerabilities() {
  const folder = path.join(cache, "vulnerability-db")
  writeVulnerabilityDb(folder)
  return folder
}

/** A path that stays the same when the distribution changes, so that open shells keep working. */
function linkProgram(name, target) {
  mkdirSync(path.join(cache, "bin"), { recursive: true })
  const link = path.join(cache, "bin", name)
  rmSync(`${link}.new`, { force: true })
  symlinkSync(target, `${link}.new`)
  renameSync(`${link}.new`, link)
}

async function abandon() {
  await clearRemains()
  process.exit(130)
}

function printExports(variables) {
  const quote = (value) => `"${value.replaceAll(/["\\`]/g, "\\$&")}"`
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${quote(value)}\n`)
}
