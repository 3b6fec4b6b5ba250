import { fillText, readText } from "../config/file.ts"

const PIPELINE = readText(new URL("./gitlab.yml", import.meta.url))

/** The pipeline that ships from GitLab CI; `module` is Slipway's address, by commit. */
export function gitlabPipeline(module: string): string {
  return fillText(PIPELINE, { MODULE: module })
}

/** The same as a file that another pipeline includes: what would hold for all of its jobs holds for these alone. */
export function gitlabInclude(module: string, { path, stage }: { path: string; stage: string }): string {
  const text = gitlabPipeline(module)
  const [, variables = ""] = text.match(/^variables:\n((?: .*\n)+)/m) ?? []
  const own = variables.replace(/^/gm, "  ").trimEnd()
  return text
    .replace(/Copy to \.gitlab-ci\.yml\./, `Kept in ${path}; add to .gitlab-ci.yml:\n# include:\n#   - local: ${path}`)
    .replace(/^stages: .*\n\n/m, "")
    .replace(/^variables:\n(?: .*\n)+\n/m, "")
    .replace(/^ {2}variables:\n/m, () => `  variables:\n${own}\n`)
    .replace(/^ {2}stage: .*$/m, () => `  stage: ${JSON.stringify(stage)}`)
    .replace(/^(rehearse|ship):$/gm, "slipway-$1:")
}
