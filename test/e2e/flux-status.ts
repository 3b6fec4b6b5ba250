import { COMMIT, OLD_COMMIT } from "../sync/objects.ts"
import type { FluxOverlay } from "./flux-overlay.ts"

/**
 * A Kustomization as Flux and the API wrote it, with all that differs from run to run replaced: its commits by those of the
 * unit tests, times, lengths, digests and numbers of attempts.
 */
export async function statusText({ read, first, name }: FluxOverlay, commit?: string): Promise<string> {
  const object = await read()
  for (const field of ["managedFields", "uid", "resourceVersion", "creationTimestamp"]) delete object.metadata[field]
  const text = JSON.stringify(object, steady, 2)
    .replaceAll(first, OLD_COMMIT)
    .replaceAll(commit ?? first, COMMIT)
    .replaceAll(name, "apps")
  return `${text}\n`
}

const TIME = "2026-11-26T09:13:02Z"

function steady(field: string, value: unknown): unknown {
  if (/Time$|^(first|last)Reconciled$/.test(field)) return TIME
  if (field === "totalReconciliations") return 1
  if (field === "digest") return `sha256:${"0c".repeat(32)}`
  if (typeof value !== "string") return value
  return value.replace(/\b\d+\.\d+(µs|ms|s)\b/g, "1s").replace(/\/\S*\/kustomization-\d+/g, "/tmp/kustomization")
}
