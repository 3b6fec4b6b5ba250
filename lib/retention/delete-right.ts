import type { Repository } from "../oci/reference.ts"

// Registries without deletion by the distribution API, and what they have instead.
const WITHOUT: { host: RegExp; instead: string }[] = [
  {
    host: /^ghcr\.io$/,
    instead:
      "GHCR deletes package versions by GitHub's own API alone: pass the digests of --as-json to it, or use an action that knows images and their signatures, such as dataaxiom/ghcr-cleanup-action.",
  },
  {
    host: /\.amazonaws\.com(?:\.cn)?$/,
    instead: "ECR has a policy of its own: write it with registry retention-policy --registry=ECR.",
  },
  {
    host: /(?:^|\.)docker\.io$/,
    instead: "Docker Hub deletes tags by its own API alone: pass the tags of --as-json to it.",
  },
]

/** What to do where a registry does not delete. */
export function deletionAdvice({ host }: Repository): string {
  const known = WITHOUT.find((registry) => registry.host.test(host))?.instead
  return (
    known ??
    "Switch deletion on in the registry (distribution: REGISTRY_STORAGE_DELETE_ENABLED=true), or use its own policy."
  )
}

/** A refusal that no other login changes: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-management */
export function isUnsupported(stderr: string): boolean {
  return /UNSUPPORTED|\b405\b|METHOD_UNKNOWN|method not allowed/i.test(stderr)
}
