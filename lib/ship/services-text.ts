import type { ReleaseRecord } from "./record.ts"
import { REHEARSAL, renderRelease } from "./release-text.ts"
import type { ServiceRecord, ServiceStatus, ServicesRecord } from "./services-record.ts"
import { renderSummary } from "./summary-markdown.ts"

/** Where a service's own reports lie in the report of the run. */
export function serviceFolder(name: string): string {
  return `services/${name}`
}

const MEANINGS: Record<Exclude<ServiceStatus, "shipped">, string> = {
  finished: "already shipped by an earlier run of this commit",
  unchanged: "unchanged: its files are those of what is deployed, so it was not built",
  failed: "FAILED",
  held: "signed and tagged, but not deployed, because another service failed",
}

const NOT_BEGUN = "not built, because another service cannot be"

/** All services as a person reads them in a terminal: one after the other, those that failed last, where one looks. */
export function renderServices(run: ServicesRecord): string {
  const all = Object.entries(run.services)
  const ordered = [
    ...all.filter(([, one]) => one.status !== "failed"),
    ...all.filter(([, one]) => one.status === "failed"),
  ]
  const told = new Set<string>()
  const each = ordered.map(([name, service]) => `== ${name}: ${meaning(service)}\n${body(service, told)}`)
  return [...(isRehearsal(run) ? [REHEARSAL.join("\n")] : []), ...each].join("\n")
}

function isRehearsal({ services }: ServicesRecord): boolean {
  return Object.values(services).some(isRehearsed)
}

function isRehearsed({ release }: ServiceRecord): boolean {
  return release?.mode === "rehearsal"
}

function outcome(service: ServiceRecord): string {
  return service.status === "shipped" && isRehearsed(service) ? "rehearsed" : service.status
}

/** What became of a service, in words. */
export function meaning(service: ServiceRecord): string {
  if (service.status === "held" && !service.release) return NOT_BEGUN
  return service.status === "shipped" ? outcome(service) : MEANINGS[service.status]
}

function body({ status, deployed, release }: ServiceRecord, told: Set<string>): string {
  if (!release) return deployed ? `deployed   ${deployed}\n` : ""
  return renderRelease(toldOnce(release, told), { finished: status === "finished", alone: false })
}

/** The commit that services share is shown with the first of them. */
function toldOnce(release: ReleaseRecord, told: Set<string>): ReleaseRecord {
  const { bump } = release
  if (!bump || !("diff" in bump)) return release
  const known = told.has(bump.commit)
  told.add(bump.commit)
  return known ? { ...release, bump: { ...bump, diff: "" } } : release
}

/** Of all of them together. */
export function runTitle(run: ServicesRecord): { heading: string; what: string } {
  const count = Object.keys(run.services).length
  const done = isRehearsal(run) ? "Rehearsed" : "Shipped"
  return { heading: run.ok ? done : "Not shipped", what: `${count} ${count === 1 ? "service" : "services"}` }
}

/** All services as one CI summary: which came to what, and the details of each folded away. */
export function renderServicesSummary(run: ServicesRecord): string {
  const { ok, services } = run
  const rows = Object.entries(services).map(
    ([name, service]) => `| ${name} | ${outcome(service)} | \`${digestOf(service)}\` |`,
  )
  const details = Object.entries(services).flatMap(([name, { release }]) =>
    release ? [`<details><summary>${name}</summary>`, "", renderSummary(release), "</details>", ""] : [],
  )
  const { heading, what } = runTitle(run)
  const heads = ["| service | outcome | digest |", "| --- | --- | --- |"]
  return [`## ${ok ? "✅" : "❌"} ${heading}: ${what}`, "", ...heads, ...rows, "", ...details].join("\n")
}

export function digestOf({ deployed, release }: ServiceRecord): string {
  return deployed ?? release?.published ?? release?.image?.digest ?? "none"
}
