import { type Digest, digestOf } from "../../lib/oci/reference.ts"
import type { Inventory, Manifest } from "../../lib/retention/inventory.ts"

export const NOW = Date.UTC(2026, 10, 26) / 1000
export const DAY = 86_400

/** Digests by short names, for readable tests. */
export const id = (name: string): Digest => digestOf(name)

/** `tags` are names by tag, `lists` the children of indexes, `refers` the subjects of referrers; `age` is in days. */
type Given = {
  tags: Record<string, string>
  lists?: Record<string, string[]>
  subjects?: Record<string, string>
  referrers?: Record<string, string[]>
  ages?: Record<string, number>
  unknown?: string[]
}

export function inventoryOf({
  tags,
  lists = {},
  subjects = {},
  referrers = {},
  ages = {},
  unknown = [],
}: Given): Inventory {
  const names = [...new Set([...Object.values(tags), ...Object.keys(lists)])]
  const manifest = (name: string): Manifest => {
    const [children, subject, age] = [lists[name], subjects[name], ages[name]]
    return {
      kind: unknown.includes(name) ? "unknown" : children ? "index" : "image",
      children: (children ?? []).map((child) => ({ digest: id(child), index: child in lists })),
      ...(subject && { subject: id(subject) }),
      ...(age !== undefined && { created: NOW - age * DAY }),
    }
  }
  return {
    tags: new Map(Object.entries(tags).map(([tag, name]) => [tag, id(name)])),
    manifests: new Map(names.map((name) => [id(name), manifest(name)])),
    referrers: new Map(Object.entries(referrers).map(([name, all]) => [id(name), all.map(id)])),
  }
}

/** The fallback tag of the referrers API. */
export const fallback = (name: string, suffix = ""): string => `${id(name).replace(":", "-")}${suffix}`
