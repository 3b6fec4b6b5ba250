import { COMMIT, OLD_COMMIT } from "../sync/objects.ts"
import type { FluxOverlay } from "./flux-overlay.ts"
import type { Answer } from "./kubernetes-api.ts"

/**
 * A Kustomization as Flux and the API wrote it, with all that differs from run to run replaced: its commits by those of the
 * unit tests, times, lengths, digests and numbers of attempts.
 */
export async function statusText({ read, first, name }: FluxOverlay, commit?: string): Promise<string> {
  return steadyText(await read(), { ...(commit && { [commit]: COMMIT }), [first]: OLD_COMMIT, [name]: "apps" })
}

/** An object of the API without what differs from run to run; `names` are those of the run and what replaces them. */
export function steadyText(object: Answer["body"], names: Record<string, string>): string {
  for (const field of ["managedFields", "uid", "resourceVersion", "creationTimestamp"]) delete object.metadata[field]
  const text = JSON.stringify(object, steady, 2)
  return `${Object.entries(names).reduce((all, [from, to]) => all.replaceAll(from, to), text)}\n`
}

const TIME = "2026-11-26T09:13:02Z"

function steady(field: string, value: unknown): unknown {
  if (/(Time|At)$|^(first|last)Reconciled$/.test(field)) return TIME
  if (field === "totalReconciliations") return 1
  if (field === "digest") return `sha256:${"0c".repeat(32)}`
  if (typeof value !== "string") return value
  return value
    .replace(/\b\d+\.\d+(µs|ms|s)\b/g, "1s")
    .replace(/\/\S*\/kustomization-\d+/g, "/tmp/kustomization")
    .replace(/\/dev\/shm\/\d+/g, "/dev/shm/1")
    .replace(/ at \d+:\d+[AP]M/g, " at 9:13AM")
}
