import { fillText, readText } from "../config/file.ts"

const WORKFLOW = readText(new URL("./github.yml", import.meta.url))

/** The workflow that ships from GitHub Actions; `module` is Slipway's address, by commit. */
export function githubWorkflow(module: string): string {
  return fillText(WORKFLOW, { MODULE: module })
}
