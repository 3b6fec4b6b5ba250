import type { Digest } from "../oci/reference.ts"
import type { Graph } from "./graph.ts"

/** What goes with an image, one after the other; `part` is of the image itself, not what refers to it. */
export type Step = { digest: Digest; role: "image" | "part" | "referrer" }

/**
 * In which order to delete what is doomed, image by image: first what refers to it, so that a run that breaks finds the rest
 * again; then an index before what it lists, since registries refuse the other way round. What several images share goes
 * with the last of them.
 */
export function removalOrder(images: Digest[], doomed: Set<Digest>, graph: Graph): Map<Digest, Step[]> {
  const parents = parentsOf(doomed, graph)
  const [done, begun] = [new Set<Digest>(), new Set<Digest>()]
  function walk(digest: Digest, role: Step["role"]): Step[] {
    if (!doomed.has(digest) || begun.has(digest) || parents(digest).some((parent) => !done.has(parent))) return []
    begun.add(digest)
    const before = [digest, ...below(digest, graph)].flatMap(graph.attached).flatMap((one) => walk(one, "referrer"))
    done.add(digest)
    const part = role === "referrer" ? role : "part"
    return [...before, { digest, role }, ...graph.children(digest).flatMap((child) => walk(child, part))]
  }
  return new Map(images.map((image) => [image, walk(image, "image")]))
}

/** A tag that stands in for the referrers API lists what it does not own: they go before it. */
function parentsOf(doomed: Set<Digest>, { children, companions }: Graph): (digest: Digest) => Digest[] {
  const parents = new Map<Digest, Digest[]>()
  for (const parent of doomed) {
    if (companions.has(parent)) continue
    for (const child of children(parent)) parents.set(child, [...(parents.get(child) ?? []), parent])
  }
  return (digest) => parents.get(digest) ?? []
}

/** All that an index lists, and the indexes in it. */
function below(digest: Digest, graph: Graph): Digest[] {
  return graph.children(digest).flatMap((child) => [child, ...below(child, graph)])
}
