import { parse } from "yaml"
import { z } from "zod"
import { fillText, MOST_ALIASES, readText } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"

export type CiSystem = "github" | "gitlab" | "none"
/** A file to write, by its path in the repository. `note` says what its owner has to add to a file that is there. */
export type CiFile = { path: string; text: string; note?: string[] }
/** The repository's CI files as they are, by their paths. */
export type CiFiles = Record<string, string>

const WORKFLOW = ".github/workflows/ship.yml"
const WORKFLOW_BESIDE = ".github/workflows/slipway.yml"
const PIPELINE = ".gitlab-ci.yml"
const PIPELINE_INCLUDED = ".gitlab/slipway.yml"
/** The files whose text decides what is written. */
export const CI_FILES = [WORKFLOW, WORKFLOW_BESIDE, PIPELINE, PIPELINE_INCLUDED]

/** The caller's word, or what the repository's files and remote tell. */
export function chooseCi(asked: string | undefined, facts: { entries: string[]; remote?: string }): CiSystem {
  if (asked === "github" || asked === "gitlab" || asked === "none") return asked
  if (asked) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--ci to be GITHUB, GITLAB or NONE",
      got: quote(asked),
      fix: "Omit --ci to detect the CI system from the repository.",
    })
  }
  if (facts.entries.some((entry) => entry.replace(/\/$/, "") === PIPELINE)) return "gitlab"
  return facts.remote && /^https?:\/\/[^/]*gitlab/.test(facts.remote) ? "gitlab" : "github"
}

/** The CI's file; beside one that is there another, and nothing where Slipway is called already. */
export function ciFile(
  system: CiSystem,
  { module, present }: { module: string; present: CiFiles },
): CiFile | undefined {
  if (system === "none") return undefined
  const paths = system === "github" ? [WORKFLOW, WORKFLOW_BESIDE] : [PIPELINE, PIPELINE_INCLUDED]
  if (paths.some((path) => present[path]?.includes("release --source="))) return undefined
  return system === "github" ? githubFile(module, present) : gitlabFile(module, present)
}

/** Each workflow is a file by itself, so that there is nothing to add to another one. */
function githubFile(module: string, present: CiFiles): CiFile {
  const text = githubWorkflow(module)
  if (present[WORKFLOW] === undefined) return { path: WORKFLOW, text }
  return {
    path: WORKFLOW_BESIDE,
    text: text.replaceAll(WORKFLOW, WORKFLOW_BESIDE).replace("name: ship\n", "name: slipway\n"),
  }
}

function gitlabFile(module: string, present: CiFiles): CiFile {
  const pipeline = present[PIPELINE]
  if (pipeline === undefined) return { path: PIPELINE, text: gitlabPipeline(module) }
  return {
    path: PIPELINE_INCLUDED,
    text: gitlabInclude(module, { path: PIPELINE_INCLUDED, stage: lastStage(pipeline) }),
    note: [`Add to ${PIPELINE}, which is unchanged:`, "include:", `  - local: ${PIPELINE_INCLUDED}`],
  }
}

const Pipeline = z.object({ stages: z.array(z.string()).optional() })

/** Ships after all that the pipeline has, in a stage that it has: GitLab's own are build, test and deploy. */
function lastStage(pipeline: string): string {
  return readStages(pipeline)?.at(-1) ?? "deploy"
}

/** GitLab has tags of its own (!reference); a file that cannot be read at all is somebody else's to mend. */
function readStages(pipeline: string): string[] | undefined {
  try {
    return Pipeline.safeParse(parse(pipeline, { logLevel: "error", maxAliasCount: MOST_ALIASES })).data?.stages
  } catch {
    return undefined
  }
}

const WORKFLOW_TEMPLATE = readText(new URL("./github.yml", import.meta.url))

/** The workflow that ships from GitHub Actions; `module` is Slipway's address, by commit. */
export function githubWorkflow(module: string): string {
  return fillText(WORKFLOW_TEMPLATE, { MODULE: module })
}

const PIPELINE_TEMPLATE = readText(new URL("./gitlab.yml", import.meta.url))

/** The pipeline that ships from GitLab CI; `module` is Slipway's address, by commit. */
export function gitlabPipeline(module: string): string {
  return fillText(PIPELINE_TEMPLATE, { MODULE: module })
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
