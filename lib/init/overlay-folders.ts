import { dirname } from "node:path/posix"
import { parse } from "yaml"
import { MOST_ALIASES } from "../config/file.ts"

/** The folders whose kustomization builds on another folder, which is what makes it an overlay. */
export function overlayFolders(kustomizations: { path: string; text: string }[]): string[] {
  return kustomizations.flatMap(({ path, text }) => (buildsOnFolder(text) ? [dirname(path)] : [])).sort()
}

function buildsOnFolder(text: string): boolean {
  const resources = readResources(text)
  return resources.some((resource) => typeof resource === "string" && /^\.\.\//.test(resource))
}

/** A file that is no YAML is somebody else's to mend. */
function readResources(text: string): unknown[] {
  try {
    const { resources = [], bases = [] } = parse(text, { maxAliasCount: MOST_ALIASES }) ?? {}
    return [resources, bases].flat()
  } catch {
    return []
  }
}
