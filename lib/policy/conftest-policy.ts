import { fillText, readText } from "../config/file.ts"
import type { Admission } from "./admission.ts"
import { pinnedPattern, spellings } from "./spelling.ts"

const POLICY = readText(new URL("./images.rego", import.meta.url))

/**
 * A policy for the manifests in git, before any cluster sees them: https://www.conftest.dev
 * It knows no signatures; it makes sure that what is deployed is what was signed, by digest.
 */
export function conftestPolicy({ repository }: Admission): string {
  return fillText(POLICY, {
    REPOSITORY: JSON.stringify(repository),
    PINNED: JSON.stringify(pinnedPattern(repository)),
    SPELLINGS: spellings(repository)
      .map((name) => JSON.stringify(name))
      .join(","),
  })
}
