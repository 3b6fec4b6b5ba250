import { align } from "../config/columns.ts"
import type { Deployment, EnvironmentHistory, HistoryOptions } from "./deployment-history.ts"

type Subject = Pick<HistoryOptions, "days" | "branches"> & { url: string }

/** A block for each environment: the figures, then a table of its deployments. */
export function renderDeploymentHistory(environments: EnvironmentHistory[], { url, days, branches }: Subject): string {
  const window = days ? `in the last ${plural(days, "day")}` : "in the whole history"
  if (environments.length === 0) {
    return `No deployments ${window} of ${url} ${branches.join(", ")}: history lists commits that bump-gitops, ship, gitops promote and gitops rollback wrote.`
  }
  return environments.map((environment) => renderEnvironment(environment, branches.length > 1)).join("\n\n")
}

function renderEnvironment(environment: EnvironmentHistory, named: boolean): string {
  const { branch, path, image, deployed, rolledBack, days, deployments } = environment
  const counts = `${plural(deployed, "deployment")}, ${plural(rolledBack, "rollback")} in ${plural(days, "day")}`
  return [
    `${named ? `${branch}: ` : ""}${path} ${image}: ${counts}`,
    `  ${figureTexts(environment).join("; ")}`,
    ...align([HEADER, ...deployments.map(row)]).map((text) => `  ${text}`),
  ].join("\n")
}

function figureTexts({ perWeek, lead, failureRate, restored }: EnvironmentHistory): string[] {
  return [
    `deployment frequency ${rounded(perWeek)} a week`,
    ...(lead === undefined ? [] : [`lead time ${duration(lead)}`]),
    ...(failureRate === undefined ? [] : [`change failure rate ${Math.round(failureRate * 100)} %`]),
    ...(restored === undefined ? [] : [`time to restore ${duration(restored)}`]),
  ]
}

const HEADER = ["WHEN (UTC)", "WHAT", "IMAGE", "SOURCE", "LEAD", "COMMIT"]

function row({ time, kind, ref, source, lead, commit }: Deployment): string[] {
  const digest = ref.slice(ref.indexOf("@") + 1)
  return [
    new Date(time * 1000).toISOString().slice(0, 16).replace("T", " "),
    kind,
    digest.slice(0, "sha256:".length + 12),
    source?.revision?.slice(0, 12) ?? "-",
    lead === undefined ? "-" : duration(lead),
    commit.slice(0, 12),
  ]
}

/** The largest unit of which there are two, so that "90 min" is not rounded to "2 h". */
export function duration(seconds: number): string {
  const units = [
    { name: "d", length: 86_400 },
    { name: "h", length: 3600 },
    { name: "min", length: 60 },
  ]
  const unit = units.find(({ length }) => seconds >= 2 * length) ?? { name: "s", length: 1 }
  return `${Math.round(seconds / unit.length)} ${unit.name}`
}

function rounded(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`
}

/** The same for a program: times as ISO 8601, durations in seconds, rates from 0 to 1; a figure without a base is absent. */
export function renderDeploymentHistoryJson(
  environments: EnvironmentHistory[],
  { url, branches }: Pick<Subject, "url" | "branches">,
): string {
  const all = environments.map(({ branch, path, image, deployments, ...figures }) => ({
    ...{ branch, path, imageName: image, days: figures.days },
    ...{ deployed: figures.deployed, rolledBack: figures.rolledBack, perWeek: figures.perWeek },
    ...{ leadTime: figures.lead, changeFailureRate: figures.failureRate, timeToRestore: figures.restored },
    deployments: deployments.map(({ time, lead, restored, ...one }) => {
      return { time: new Date(time * 1000).toISOString(), ...one, leadTime: lead, timeToRestore: restored }
    }),
  }))
  return JSON.stringify({ version: 1, repo: url, branches, environments: all }, undefined, 2)
}
