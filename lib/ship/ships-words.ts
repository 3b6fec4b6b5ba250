import { SlipwayError } from "../error.ts"

/** What steps that can be called alone name their arguments, and what ship does. */
const NAMES: Record<string, string> = {
  "--forge": "--gitops-forge",
  "--forge-endpoint": "--gitops-forge-endpoint",
  "--branch": "--gitops-branch",
  "--path": "--gitops-path",
  "--edits": "--gitops-edits",
  "--image": "--gitops-image",
  "--tag": "--gitops-tag",
  "--kustomize-options": "--gitops-kustomize-options",
  "--pull-request": "--gitops-pull-request",
  "--auto-merge": "--gitops-auto-merge",
  "--secrets": "--build-secrets",
  "--secret-ids": "--build-secret-ids",
  "--pipeline": "--ci",
}

/** What is said for a step alone, and is not so of ship: its own names beside the step's, and what it has no argument for. */
const ASIDES = / \((?:of ship|alone:)[^)]*\)|, or give it longer with --timeout/g

/** A step's advice with the arguments that ship has. */
export function shipsWords(text: string): string {
  return text.replace(ASIDES, "").replace(/(?<![\w-])--[a-z]+(?:-[a-z]+)*/g, (flag) => NAMES[flag] ?? flag)
}

/** Work of a step that ship does; what it says when it fails names ship's own arguments. */
export async function inShipsWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SlipwayError) error.message = shipsWords(error.message)
    throw error
  }
}
