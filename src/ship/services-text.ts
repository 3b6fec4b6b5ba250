import { renderRelease } from "./release-text.ts"
import type { ServiceRecord, ServiceStatus, ServicesRecord } from "./services-record.ts"
import { renderSummary } from "./summary-markdown.ts"

/** Where a service's own reports lie in the report of the run. */
export function serviceFolder(name: string): string {
  return `services/${name}`
}

/** What became of a service, in words. */
export const MEANINGS: Record<ServiceStatus, string> = {
  shipped: "shipped",
  finished: "already shipped by an earlier run of this commit",
  unchanged: "unchanged: its files are those of what is deployed, so it was not built",
  failed: "FAILED",
  held: "signed and tagged, but not deployed, because another service failed",
}

/** All services as a person reads them in a terminal: one after the other, those that failed last, where one looks. */
export function renderServices({ services }: ServicesRecord): string {
  const all = Object.entries(services)
  const ordered = [
    ...all.filter(([, one]) => one.status !== "failed"),
    ...all.filter(([, one]) => one.status === "failed"),
  ]
  return ordered.map(([name, service]) => `== ${name}: ${MEANINGS[service.status]}\n${body(service)}`).join("\n")
}

function body({ status, deployed, release }: ServiceRecord): string {
  if (!release) return deployed ? `deployed   ${deployed}\n` : ""
  return renderRelease(release, { finished: status === "finished" })
}

/** All services as one CI summary: which came to what, and the details of each folded away. */
export function renderServicesSummary({ ok, services }: ServicesRecord): string {
  const rows = Object.entries(services).map(
    ([name, service]) => `| ${name} | ${service.status} | \`${digestOf(service)}\` |`,
  )
  const details = Object.entries(services).flatMap(([name, { release }]) =>
    release ? [`<details><summary>${name}</summary>`, "", renderSummary(release), "</details>", ""] : [],
  )
  const title = ok ? "✅ Shipped" : "❌ Not shipped"
  const heads = ["| service | outcome | digest |", "| --- | --- | --- |"]
  return [`## ${title}: ${rows.length} services`, "", ...heads, ...rows, "", ...details].join("\n")
}

export function digestOf({ deployed, release }: ServiceRecord): string {
  return deployed ?? release?.published ?? release?.image?.digest ?? "none"
}
