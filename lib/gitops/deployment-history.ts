import type { DigestRef } from "../oci/reference.ts"
import type { BumpContext } from "./context.ts"
import type { LoggedCommit } from "./git/output.ts"
import { parseGitBranch } from "./git/remote.ts"
import { FIRST_TIME, readHistory } from "./history.ts"
import { DEFAULT_TIMEOUT } from "./options.ts"

/**
 * One change of an environment's image. Times are Unix seconds. `lead` is from the source commit to this commit, and
 * `restored` from the bump that a rollback took back to the rollback; both in seconds.
 */
export type Deployment = {
  kind: LoggedCommit["trailers"]["kind"]
  ref: DigestRef
  commit: string
  time: number
  author: string
  source?: { repository?: string; revision?: string }
  pipeline?: string
  lead?: number
  restored?: number
}

/** An image in one place of one branch. */
type EnvironmentName = { branch: string; path: string; image: string }

/**
 * An environment's deployments in a window of `days`, newest first, with the DORA figures: https://dora.dev/guides/dora-metrics/
 * A figure without a base is absent, which is not zero.
 */
export type EnvironmentHistory = EnvironmentName & {
  deployments: Deployment[]
  days: number
  deployed: number
  rolledBack: number
  /** Bumps and promotions a week. */
  perWeek: number
  /** Medians, in seconds. */
  lead?: number
  restored?: number
  /** Rollbacks for each deployment, from 0 to 1. */
  failureRate?: number
}

/** What to read: each branch, the last `days` (0 for all), and only this path or image. */
export type HistoryOptions = { branches: string[]; days: number; path?: string; image?: string; timeout?: number }

const DAY = 86_400

/** Reads the branches concurrently, each in whole: the deployment before the window decides what changed in it. */
export async function readDeploymentHistory(
  { branches, timeout = DEFAULT_TIMEOUT, ...filter }: HistoryOptions,
  context: BumpContext,
  now: number = Date.now() / 1000,
): Promise<EnvironmentHistory[]> {
  const names = [...new Set(branches.map(parseGitBranch))]
  const logs = await Promise.all(names.map((branch) => readHistory({ branch, timeout }, context)))
  return names.flatMap((branch, at) => environmentsOf(branch, logs[at] ?? [], { ...filter, now }))
}

type Window = Pick<HistoryOptions, "days" | "path" | "image"> & { now: number }

/** The environments that a branch's bumps name, in the order of their latest deployment; previews only by their path. */
export function environmentsOf(branch: string, log: LoggedCommit[], window: Window): EnvironmentHistory[] {
  const places = new Map<string, EnvironmentName>()
  for (const { trailers } of log) {
    if (trailers.kind === "preview" && window.path === undefined) continue
    for (const { path, image } of trailers.bumps) places.set(`${path} ${image}`, { branch, path, image })
  }
  return [...places.values()]
    .filter(({ path, image }) => (window.path ?? path) === path && (window.image ?? image) === image)
    .map((name) => ({ ...name, ...figuresOf(deploymentsOf(log, name), window) }))
    .filter(({ deployments }) => deployments.length > 0)
}

/** Every change of the place, newest first. A commit that repeats the digest changed nothing. */
export function deploymentsOf(log: LoggedCommit[], { path, image }: Omit<EnvironmentName, "branch">): Deployment[] {
  const written = log.flatMap((logged) =>
    logged.trailers.bumps
      .filter((bump) => bump.path === path && bump.image === image)
      .map(({ ref }) => ({ ...logged, ref })),
  )
  const changes = written.filter(({ ref }, at) => ref !== written[at + 1]?.ref)
  return changes.map((change, at) => deploymentOf(change, changes[at + 1]))
}

function deploymentOf(
  { ref, commit, time, author, trailers }: LoggedCommit & { ref: DigestRef },
  before?: LoggedCommit,
): Deployment {
  const { kind, pipeline } = trailers
  const { order, refresh, ...source } = trailers.source
  // the order of a rollback is that of the source which it took back, and a refresh changes no source
  const hasLead = kind !== "rollback" && refresh === undefined
  const lead = hasLead && order !== undefined && order >= FIRST_TIME ? Math.max(0, time - order) : undefined
  const restored = kind === "rollback" && before ? Math.max(0, time - before.time) : undefined
  return {
    ...{ kind, ref, commit, time, author },
    ...((source.revision ?? source.repository) && { source }),
    ...(pipeline && { pipeline }),
    ...(lead !== undefined && { lead }),
    ...(restored !== undefined && { restored }),
  }
}

type Figures = Omit<EnvironmentHistory, keyof EnvironmentName>

/** With all of the history, the window begins with the first deployment. */
function figuresOf(all: Deployment[], { days, now }: Window): Figures {
  const deployments = days ? all.filter(({ time }) => time > now - days * DAY) : all
  const first = deployments.at(-1)?.time ?? now
  const length = days || Math.max(1, Math.ceil((now - first) / DAY))
  const rolledBack = deployments.filter(({ kind }) => kind === "rollback").length
  const deployed = deployments.length - rolledBack
  const lead = median(deployments.flatMap((one) => one.lead ?? []))
  const restored = median(deployments.flatMap((one) => one.restored ?? []))
  return {
    ...{ deployments, days: length, deployed, rolledBack, perWeek: (deployed * 7) / length },
    ...(lead !== undefined && { lead }),
    ...(restored !== undefined && { restored }),
    ...(deployed && { failureRate: rolledBack / deployed }),
  }
}

function median(values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
