import { SlipwayError } from "../error.ts"

/** Arguments of single steps, and the argument or setting of ship for the same. */
export const SHIP_NAMES: Record<string, string> = {
  "--forge": "gitops.forge",
  "--forge-endpoint": "gitops.pullRequest.endpoint",
  "--repo": "gitops.repo",
  "--branch": "gitops.branch",
  "--path": "gitops.path",
  "--edits": "gitops.edits",
  "--image-name": "gitops.imageName",
  "--tag": "gitops.tag",
  "--kustomize-options": "gitops.kustomizeOptions",
  "--pull-request": "gitops.pullRequest",
  "--auto-merge": "gitops.pullRequest.autoMerge",
  "--dockerfile": "build.dockerfile",
  "--context": "build.context",
  "--target": "build.target",
  "--build-args": "build.args",
  "--secrets": "--build-secrets",
  "--secret-ids": "--build-secret-ids",
  "--pipeline": "--ci",
}

/** Parts of messages that only apply to a single step. */
const ASIDES = / \((?:of ship|alone):[^)]*\)|, or raise --timeout/g

/** An override's value is YAML, so a list needs brackets. */
const LISTS = /(?<![\w-])--edits=(\S+?)(?=[.,;]?(?:\s|["'`]|$))/g

/** Replaces a step's arguments by ship's; an argument with a value becomes an override of the setting. */
export function shipAdvice(text: string): string {
  const own = text.replace(ASIDES, "").replace(LISTS, "--set gitops.edits=[$1]")
  return own.replace(/(?<![\w-])(--[a-z]+(?:-[a-z]+)*)(=?)/g, (word, flag: string, equals: string) => {
    const name = SHIP_NAMES[flag]
    if (!name) return word
    if (!equals || name.startsWith("--")) return `${name}${equals}`
    return flag === "--build-args" ? `--set ${name}.` : `--set ${name}=`
  })
}

/** Runs a step within ship, so that its errors name ship's arguments. */
export async function withShipAdvice<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SlipwayError) error.message = shipAdvice(error.message)
    throw error
  }
}
