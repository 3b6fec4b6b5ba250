import { SlipwayError } from "../error.ts"
import { type ServiceLog, tail } from "../test/outcome.ts"

/** How one platform's image started; `log` is its output. */
export type PlatformStart = {
  platform: string
  status: "passed" | "failed"
  /** What answered, or what failed. */
  result: string
  /** How to correct a failure. */
  fix?: string
  exitCode?: number
  seconds: number
  log: string
  services: ServiceLog[]
}

export type SmokeResults = { status: "passed" | "failed"; platforms: PlatformStart[] }
export type SmokeOutcome = SmokeResults | { status: "skipped"; reason: string }

const LOG_LINES = 50

/** Returns an outcome that passed or was skipped; a failed one is an error with each platform's failure and log. */
export function requireStarted<Outcome extends SmokeOutcome>(
  outcome: Outcome,
  inWords = (hint: string) => hint,
): Outcome {
  if (outcome.status !== "failed") return outcome
  const failed = outcome.platforms.filter(({ status }) => status === "failed")
  const fixes = [...new Set(failed.map(({ fix = "" }) => fix)), SETTINGS]
  throw new SlipwayError("SMOKE_FAILED", {
    expected: `the image to start on ${failed.map(({ platform }) => platform).join(" and ")}`,
    got: failed.map(({ platform, result }) => `on ${platform}: ${result}`).join("; "),
    fix: [inWords(fixes.filter(Boolean).join(" ")), ...failed.flatMap(logs)].join("\n\n"),
  })
}

const SETTINGS =
  "What it needs to start is set by smoke.env, smoke.services and smoke.port in slipway.yaml (alone: --env, --services, --port)."

function logs({ platform, log, services }: PlatformStart): string[] {
  return [
    section(`log of ${platform}`, log),
    ...services.map(({ name, image, log }) => section(`log of service ${name} (${image})`, log)),
  ]
}

function section(title: string, log: string): string {
  const lines = log.trim() ? tail(log, { lines: LOG_LINES }) : ["(no output)"]
  return [`--- ${title} ---`, ...lines].join("\n")
}

/** For people: a line for each platform. */
export function renderSmoke(outcome: SmokeOutcome): string {
  return `${smokeLines(outcome).join("\n")}\n`
}

type StartLine = Pick<PlatformStart, "platform" | "status" | "result">

/** The lines of an outcome, also of one in a record. */
export function smokeLines(
  outcome: { status: "passed" | "failed"; platforms: StartLine[] } | { status: "skipped"; reason: string },
): string[] {
  if (outcome.status === "skipped") return [`not started: ${outcome.reason}`]
  return outcome.platforms.map(
    ({ platform, status, result }) => `${platform.padEnd(12)} ${status === "failed" ? "failed: " : ""}${result}`,
  )
}
