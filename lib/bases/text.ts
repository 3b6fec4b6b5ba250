import type { DigestRef } from "../oci/reference.ts"
import type { MergedFinding } from "../scan/finding.ts"
import { type BaseMove, isMoved, movedPlatforms } from "./moves.ts"

/** A release with the state of its base images. */
export type ComparedRelease = { ref: DigestRef; commit?: string; bases: BaseMove[] }

/** The releases with their base images, for people. */
export function renderBases(releases: ComparedRelease[]): string {
  return `${releases.flatMap(releaseLines).join("\n")}\n`
}

function releaseLines({ ref, commit, bases }: ComparedRelease): string[] {
  const none = bases.length === 0 ? ["  no base image"] : []
  return [`${ref}${commit ? `, of the commit ${commit}` : ""}`, ...none, ...bases.flatMap(baseLines)]
}

function baseLines(base: BaseMove): string[] {
  const { name, from } = base
  switch (base.status) {
    case "pinned":
      return [`  ${name}: pinned by its digest, so it cannot move`]
    case "unmoved":
      return [`  ${name}: unmoved, ${from}`]
    case "moved": {
      const { to, platforms, fixes } = base
      const head = isMoved(base) ? `moved for ${movedPlatforms(base).join(", ")}` : "moved, but not for these platforms"
      return [
        `  ${name}: ${head}`,
        `    ${from} -> ${to}`,
        ...platforms.map(({ platform, status }) => `    ${platform}: ${STATES[status]}`),
        ...(isMoved(base) ? fixLines(fixes) : []),
      ]
    }
  }
}

const STATES = {
  changed: "changed",
  unchanged: "unchanged",
  unknown: "unknown, because the registry has removed the earlier image",
}

function fixLines(fixes?: MergedFinding[]): string[] {
  if (!fixes) return ["    what it fixes is unknown"]
  if (fixes.length === 0) return ["    fixes no finding of the release"]
  return fixes.map(({ severity, id, package: name, installed, platforms }) => {
    return `    fixes ${severity} ${id} in ${name} ${installed} (${platforms.join(", ")})`
  })
}

/** The same for programs; the shape is that of `bases --as-json`. */
export function renderBasesJson(releases: ComparedRelease[]): string {
  const images = releases.map(({ ref, commit, bases }) => ({
    ref,
    ...(commit && { commit }),
    bases: bases.map(baseJson),
  }))
  return `${JSON.stringify({ version: 1, images }, null, 2)}\n`
}

function baseJson(base: BaseMove): object {
  const { name, from: digest, status } = base
  if (base.status !== "moved") return { name, digest, status }
  const fixes = base.fixes?.map(({ id, severity, package: of, installed, fixed, platforms }) => {
    return { id, severity, package: of, installed, fixed, platforms }
  })
  return { name, digest, status, current: base.to, platforms: base.platforms, ...(fixes && { fixes }) }
}
