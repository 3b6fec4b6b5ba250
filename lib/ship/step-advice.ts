import { SlipwayError } from "../error.ts"

/** What a step that can be called alone names by an argument, and ship by one of its own, or by a key of slipway.yaml. */
export const SHIP_NAMES: Record<string, string> = {
  "--forge": "gitops.forge",
  "--forge-endpoint": "gitops.pullRequest.endpoint",
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

/** What is said for a step alone, and is not so of ship: its own names beside the step's, and what it has no argument for. */
const ASIDES = / \((?:of ship|alone):[^)]*\)|, or give it longer with --timeout/g

/** An override's value is YAML, and one of a list has its brackets. */
const LISTS = /(?<![\w-])--edits=(\S+?)(?=[.,;]?(?:\s|["'`]|$))/g

/** A step's advice with what ship calls the same; a value goes with an override of the setting. */
export function shipAdvice(text: string): string {
  const own = text.replace(ASIDES, "").replace(LISTS, "--set gitops.edits=[$1]")
  return own.replace(/(?<![\w-])(--[a-z]+(?:-[a-z]+)*)(=?)/g, (word, flag: string, equals: string) => {
    const name = SHIP_NAMES[flag]
    if (!name) return word
    if (!equals || name.startsWith("--")) return `${name}${equals}`
    return flag === "--build-args" ? `--set ${name}.` : `--set ${name}=`
  })
}

/** Work of a step that ship does; what it says when it fails names ship's own arguments. */
export async function withShipAdvice<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SlipwayError) error.message = shipAdvice(error.message)
    throw error
  }
}
