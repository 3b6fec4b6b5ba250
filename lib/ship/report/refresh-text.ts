import type { RefreshRecord } from "../record/refresh-record.ts"

/** A run that builds nothing says so first. */
export function idleLines({ status, reason }: RefreshRecord): string[] {
  return status === "due" ? [] : [`NOTHING TO REFRESH: ${reason}. Nothing was built.`, ""]
}

/** The outcome of a refresh in one line. */
export function refreshText({ status, reason, former }: RefreshRecord): string {
  return status === "due" ? `builds ${former} again on newer bases` : `nothing to do: ${reason}`
}

/** The former release, and its base images. */
export function refreshLines({ former, bases }: RefreshRecord): string[] {
  return [...(former ? [`of ${former}`] : []), ...bases.flatMap(baseLines)]
}

function baseLines({ name, status, from, to, platforms = [], fixes = [] }: RefreshRecord["bases"][number]): string[] {
  if (status !== "moved") return [`${name} ${status}, ${from}`]
  return [
    `${name} moved for ${platforms.join(", ")}: ${from} -> ${to}`,
    ...fixes.map((fix) => `  fixes ${fix.severity} ${fix.id} in ${fix.package} (${fix.platforms.join(", ")})`),
  ]
}
