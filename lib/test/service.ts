import { setTimeout } from "node:timers/promises"
import { type Container, dag, type Service } from "@dagger.io/dagger"
import { readText } from "../config/file.ts"
import { type Run, withEffect, within } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { PULL_SECONDS, pullFailure } from "../oci/crane.ts"
import { splitWords } from "./command.ts"
import { type ServiceLog, tail } from "./outcome.ts"
import type { ServiceSpec } from "./service-spec.ts"

/** A service that is ready. `log` reads its output so far. */
export type RunningService = { spec: ServiceSpec; service: Service; log: () => Promise<ServiceLog> }

const SHELL = "/bin/sh"
const LOG_DIR = "/slipway/log"
const KEEP_LOG = "/slipway/keep-log"
// The engine shows a service's output, but has no API to read it, so the image's shell, if it has one, copies it to a file.
const KEEP_LOG_SCRIPT = readText(new URL("./keep-log.sh", import.meta.url))
const READY_SECONDS = 120

/** Starts new instances of all services for this run, and waits until each is ready. */
export async function startServices(specs: ServiceSpec[], run: Run): Promise<RunningService[]> {
  const services = await Promise.all(specs.map((spec) => prepare(spec, run)))
  try {
    await Promise.all(services.map(startService))
    return services
  } catch (error) {
    await stopServices(services)
    throw error
  }
}

/** Frees the memory of the services at once; the engine would stop them some seconds later. */
export async function stopServices(services: RunningService[]): Promise<void> {
  await Promise.allSettled(services.map(({ service }) => service.stop({ kill: true })))
}

/** Makes each service reachable by its name. */
export function withServices(services: RunningService[]): (container: Container) => Container {
  return (container) =>
    services.reduce((all, { spec, service }) => all.withServiceBinding(spec.name, service), container)
}

async function prepare(spec: ServiceSpec, run: Run): Promise<RunningService> {
  const pulling = dag.container().from(spec.image).sync()
  const pulled = pulling.catch((error: unknown) => {
    throw pullFailure(`for the service ${spec.name}`, { image: spec.image, error })
  })
  const image = await within(PULL_SECONDS, pulled, () => {
    throw notPulled(spec)
  })
  const [entrypoint, defaults] = await Promise.all([image.entrypoint(), image.defaultArgs()])
  const args = [...entrypoint, ...(spec.command === undefined ? defaults : splitWords(spec.command))]
  const keepsLog = await image.exists(SHELL)
  const logs = dag.cacheVolume(`slipway-test-log-${run}-${spec.name}`)
  const logFile = `${LOG_DIR}/${spec.name}.log`
  const service = image
    .with(withEffect(run))
    .with(withSettings(spec))
    .withNewFile(KEEP_LOG, KEEP_LOG_SCRIPT, { permissions: 0o755 })
    .withMountedCache(LOG_DIR, logs, { owner: (await image.user()) || undefined })
    .asService({ args: keepsLog ? [KEEP_LOG, logFile, ...args] : args })
  const log = async () => ({
    name: spec.name,
    image: spec.image,
    log: keepsLog ? await readLog() : "(not kept: the image has no shell)\n",
  })
  // The variable makes each read a new exec, because the log grows.
  const readLog = async () =>
    await image
      .withMountedCache(LOG_DIR, logs)
      .withEnvVariable("SLIPWAY_READ", String(Date.now()))
      .withExec(["cat", logFile])
      .stdout()
  return { spec, service, log }
}

function notPulled({ name, image }: ServiceSpec): SlipwayError {
  return new SlipwayError("SERVICE_FAILED", {
    expected: `the image of service ${name} (${image}) within ${PULL_SECONDS} s`,
    got: "a pull that is still running",
    fix: "Check the image's registry, or use an image from a mirror.",
  })
}

function withSettings({ ports, variables, health }: ServiceSpec): (container: Container) => Container {
  return (container) => {
    const exposed = ports.reduce((all, port) => all.withExposedPort(port), container)
    const set = Object.entries(variables).reduce((all, [key, value]) => all.withEnvVariable(key, value), exposed)
    if (!health) return set
    return set.withDockerHealthcheck(splitWords(health), { interval: "1s", timeout: "5s", retries: READY_SECONDS })
  }
}

async function startService({ spec, service, log }: RunningService): Promise<void> {
  const deadline = new AbortController()
  try {
    await Promise.race([service.start(), timeout(deadline.signal)])
  } catch (error) {
    const { log: text } = await log().catch(() => ({ log: "(no log)" }))
    throw serviceFailed(spec, { error, log: text })
  } finally {
    deadline.abort()
  }
}

export function serviceFailed(spec: ServiceSpec, { error, log }: { error: unknown; log: string }): SlipwayError {
  return new SlipwayError("SERVICE_FAILED", {
    expected: `service ${spec.name} (${spec.image}) to ${spec.health ? `pass its health check ${quote(spec.health)}` : `accept connections on port ${spec.ports.join(", ")}`} within ${READY_SECONDS} s`,
    got: errorMessage(error),
    fix: ["Check its variables, port and health check. Its log:", ...tail(log, { rest: "left out" })].join("\n"),
  })
}

async function timeout(signal: AbortSignal): Promise<never> {
  await setTimeout(READY_SECONDS * 1000, undefined, { signal })
  throw new Error("a service that is not ready yet")
}
