import { groupBy } from "../config/services.ts"
import type { Digest } from "../oci/reference.ts"
import { subjectOf } from "./companion.ts"
import type { Inventory } from "./inventory.ts"

/** What an index lists, and what refers to a manifest: both live while it lives, and go with it. */
export type Graph = {
  children: (digest: Digest) => Digest[]
  attached: (digest: Digest) => Digest[]
  /** The digests that stand under a tag made of another digest. */
  companions: Map<Digest, Digest>
}

export function graphOf({ tags, manifests, referrers }: Inventory): Graph {
  const companions = new Map<Digest, Digest>()
  const links: [Digest, Digest][] = [...referrers].flatMap(([subject, all]) =>
    all.map((one) => [subject, one] as [Digest, Digest]),
  )
  for (const [tag, digest] of tags) {
    const [named, own] = [subjectOf(tag), manifests.get(digest)?.subject]
    if (named) companions.set(digest, named)
    for (const subject of [named, own]) if (subject) links.push([subject, digest])
  }
  const attached = new Map(
    groupBy(links, ([subject]) => subject).map((group) => [group[0][0], group.map(([, one]) => one)]),
  )
  return {
    children: (digest) => (manifests.get(digest)?.children ?? []).map((child) => child.digest),
    attached: (digest) => [...new Set(attached.get(digest))],
    companions,
  }
}

/** Everything that lives with these. */
export function reach(from: Iterable<Digest>, { children, attached }: Graph): Set<Digest> {
  const found = new Set<Digest>()
  const next = [...from]
  for (let digest = next.pop(); digest; digest = next.pop()) {
    if (found.has(digest)) continue
    found.add(digest)
    next.push(...children(digest), ...attached(digest))
  }
  return found
}
