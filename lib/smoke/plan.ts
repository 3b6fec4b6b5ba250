import { SlipwayError } from "../error.ts"
import { splitWords } from "../test/command.ts"
import { readVariable } from "../test/service-spec.ts"
import type { StartConfig } from "./image-config.ts"
import type { Check } from "./program/probe.ts"

/** The longest start, in seconds. */
export const SMOKE_SECONDS = 60
/** How long a started image must be up, and how long after it was ready. In seconds. */
export const STEADY_SECONDS = 5
export const SETTLE_SECONDS = 1

/** How the image is started before it is pushed. */
export type SmokeOptions = {
  /** Whether the settings or arguments ask for it, also for an image without EXPOSE and HEALTHCHECK. */
  configured: boolean
  /** Replaces the image's CMD. */
  command?: string
  port?: number
  path?: string
  status: number[]
  /** KEY=VALUE. */
  env: string[]
  services: string[]
  /** Default the engine's own. */
  platforms: string[]
  seconds: number
}

/** The reason why an image is not started. */
export type SmokeSkip = { skip: string }

export type SmokePlan = { args: string[]; env: Record<string, string>; check: Check; seconds: number }

const NOTHING_TO_CHECK = "the image has neither EXPOSE nor HEALTHCHECK, and slipway.yaml has no smoke"

/** How one platform's image is started, and when that counts as a success. */
export function planSmoke(config: StartConfig, options: SmokeOptions): SmokePlan | SmokeSkip {
  const check = chooseCheck(config, options)
  if (!check) return { skip: NOTHING_TO_CHECK }
  const { entrypoint, command } = config
  const args = [...entrypoint, ...(options.command === undefined ? command : splitWords(options.command))]
  if (args.length === 0) throw withoutCommand()
  const env = Object.assign({}, config.env, ...options.env.map((text) => readVariable(text)))
  return { args, env, check, seconds: options.seconds }
}

function chooseCheck({ ports, health }: StartConfig, options: SmokeOptions): Check | undefined {
  const { path, status } = options
  if (path !== undefined || status.length > 0) {
    const port = options.port ?? ports[0]
    if (port === undefined) throw withoutPort()
    return { kind: "http", port, path: path ?? "/", status }
  }
  if (options.port !== undefined) return { kind: "port", ports: [options.port] }
  if (options.command !== undefined) return { kind: "ends" }
  if (health) return { kind: "health", ...health }
  if (ports.length > 0) return { kind: "port", ports }
  return options.configured ? { kind: "runs" } : undefined
}

function withoutPort(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a port for smoke.path",
    got: "none, and the image has no EXPOSE",
    fix: "Set smoke.port in slipway.yaml (alone: --port).",
  })
}

function withoutCommand(): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "a command to start",
    got: "an image with neither ENTRYPOINT nor CMD",
    fix: "Add one to the Dockerfile, or set smoke.command in slipway.yaml (alone: --command).",
  })
}

/** What a plan does, for people. */
export function planText({ check, seconds, args }: SmokePlan): string {
  const within = `within ${seconds} s`
  const up = `and it is still up after ${STEADY_SECONDS} s`
  switch (check.kind) {
    case "ends":
      return `"${args.join(" ")}" must succeed ${within}`
    case "runs":
      return `it must be up after ${STEADY_SECONDS} s`
    case "port":
      return `port ${check.ports.join(" or ")} must answer ${within}, ${up}`
    case "http":
      return `GET ${check.path} on port ${check.port} must return ${check.status.join(" or ") || "200 to 399"} ${within}, ${up}`
    case "health":
      return `its health check must pass ${within}, ${up}`
  }
}

/** Refuses options that no image could meet, before anything is built. */
export function requireSmokeOptions(options: SmokeOptions): SmokeOptions {
  const { port, path, seconds, status } = options
  const problems = [
    ...(port === undefined || (Number.isInteger(port) && port >= 1 && port <= 65535) ? [] : [`port ${port}`]),
    ...(path === undefined || path.startsWith("/") ? [] : [`path ${JSON.stringify(path)}`]),
    ...(Number.isInteger(seconds) && seconds >= 1 ? [] : [`seconds ${seconds}`]),
    ...status.filter((code) => !Number.isInteger(code) || code < 100 || code > 599).map((code) => `status ${code}`),
  ]
  if (problems.length === 0) return options
  throw new SlipwayError("OPTIONS_INVALID", {
    expected:
      "a port of 1 to 65535, a path that begins with /, statuses of 100 to 599 and at least one second for smoke",
    got: problems.join(", "),
    fix: "Correct smoke in slipway.yaml, or the argument.",
  })
}
