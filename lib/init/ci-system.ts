import { parse } from "yaml"
import { z } from "zod"
import { fillText, MOST_ALIASES, readText } from "../config/file.ts"
import { quote, SlipwayError } from "../error.ts"
import { type Signing, scheduleGithub, scheduleGitlab, signGithub, signGitlab } from "./signing.ts"

export type CiSystem = "github" | "gitlab" | "none"
/** A file to write, by its path in the repository. `note` is what the user must add to an existing file. */
export type CiFile = { path: string; text: string; note?: string[] }
/** The repository's existing CI files, by path. */
export type CiFiles = Record<string, string>

const WORKFLOW = ".github/workflows/ship.yml"
const SECOND_WORKFLOW = ".github/workflows/slipway.yml"
const PIPELINE = ".gitlab-ci.yml"
const INCLUDED_PIPELINE = ".gitlab/slipway.yml"
const SCHEDULED_WORKFLOW = ".github/workflows/scheduled.yml"
const SCHEDULED_PIPELINE = ".gitlab/scheduled.yml"
/** The files whose content decides what init writes. */
export const CI_FILES = [WORKFLOW, SECOND_WORKFLOW, SCHEDULED_WORKFLOW, PIPELINE, INCLUDED_PIPELINE, SCHEDULED_PIPELINE]

/** The caller's choice; otherwise GitLab by its file or its remote, else GitHub. */
export function chooseCi(flag: string | undefined, facts: { entries: string[]; remote?: string }): CiSystem {
  if (flag === "github" || flag === "gitlab" || flag === "none") return flag
  if (flag) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--ci to be GITHUB, GITLAB or NONE",
      got: quote(flag),
      fix: "Omit --ci to detect the CI system from the repository.",
    })
  }
  if (facts.entries.some((entry) => entry.replace(/\/$/, "") === PIPELINE)) return "gitlab"
  return facts.remote && /^https?:\/\/[^/]*gitlab/.test(facts.remote) ? "gitlab" : "github"
}

/** Slipway's address by commit, and how the job signs. */
export type CiJob = { module: string; signing: Signing }

/** The CI file, under another name if the usual one exists; none if an existing file already calls Slipway. */
export function ciFile(
  system: CiSystem,
  { module, signing, present }: CiJob & { present: CiFiles },
): CiFile | undefined {
  if (system === "none") return undefined
  const paths = system === "github" ? [WORKFLOW, SECOND_WORKFLOW] : [PIPELINE, INCLUDED_PIPELINE]
  if (paths.some((path) => present[path]?.includes("release --source="))) return undefined
  const job = { module, signing }
  return system === "github" ? githubFile(job, present) : gitlabFile(job, present)
}

/** The scheduled jobs, next to `shipping`, the file of the jobs that ship; none if there is such a file already. */
export function scheduledFile(
  system: CiSystem,
  { module, signing, present, shipping }: CiJob & { present: CiFiles; shipping: string },
): CiFile | undefined {
  const job = { module, signing }
  const path = system === "github" ? SCHEDULED_WORKFLOW : SCHEDULED_PIPELINE
  if (system === "none" || present[path] !== undefined) return undefined
  if (system === "github") return { path, text: scheduledWorkflow(job).replaceAll(WORKFLOW, shipping) }
  const steps = [`Add to ${PIPELINE}, and create a pipeline schedule for it:`, "include:", `  - local: ${path}`]
  return { path, text: scheduledPipeline(job), note: steps }
}

/** GitHub reads every workflow file, so an existing one needs no change. */
function githubFile(job: CiJob, present: CiFiles): CiFile {
  const text = githubWorkflow(job)
  if (present[WORKFLOW] === undefined) return { path: WORKFLOW, text }
  return {
    path: SECOND_WORKFLOW,
    text: text.replaceAll(WORKFLOW, SECOND_WORKFLOW).replace("name: ship\n", "name: slipway\n"),
  }
}

function gitlabFile(job: CiJob, present: CiFiles): CiFile {
  const pipeline = present[PIPELINE]
  if (pipeline === undefined) return { path: PIPELINE, text: gitlabPipeline(job) }
  return {
    path: INCLUDED_PIPELINE,
    text: gitlabInclude(job, { path: INCLUDED_PIPELINE, stage: lastStage(pipeline) }),
    note: [`Add to ${PIPELINE}, which is unchanged:`, "include:", `  - local: ${INCLUDED_PIPELINE}`],
  }
}

const Pipeline = z.object({ stages: z.array(z.string()).optional() })

/** Ships in the last stage, after all other jobs. Without `stages`, GitLab has build, test and deploy. */
function lastStage(pipeline: string): string {
  return readStages(pipeline)?.at(-1) ?? "deploy"
}

/** Ignores GitLab's own YAML tags (!reference); GitLab itself reports a file that cannot be read. */
function readStages(pipeline: string): string[] | undefined {
  try {
    return Pipeline.safeParse(parse(pipeline, { logLevel: "error", maxAliasCount: MOST_ALIASES })).data?.stages
  } catch {
    return undefined
  }
}

const WORKFLOW_TEMPLATE = readText(new URL("./github.yml", import.meta.url))

/** The GitHub Actions workflow. */
export function githubWorkflow({ module, signing }: CiJob): string {
  return signGithub(fillText(WORKFLOW_TEMPLATE, { MODULE: module }), signing)
}

const PIPELINE_TEMPLATE = readText(new URL("./gitlab.yml", import.meta.url))

/** The GitLab CI pipeline. */
export function gitlabPipeline({ module, signing }: CiJob): string {
  return signGitlab(fillText(PIPELINE_TEMPLATE, { MODULE: module }), signing)
}

const SCHEDULED_WORKFLOW_TEMPLATE = readText(new URL("./github-scheduled.yml", import.meta.url))

/** The GitHub Actions workflow that looks at what runs. */
export function scheduledWorkflow({ module, signing }: CiJob): string {
  return scheduleGithub(fillText(SCHEDULED_WORKFLOW_TEMPLATE, { MODULE: module }), signing)
}

const SCHEDULED_PIPELINE_TEMPLATE = readText(new URL("./gitlab-scheduled.yml", import.meta.url))

/** The GitLab jobs that do so. */
export function scheduledPipeline({ module, signing }: CiJob): string {
  return scheduleGitlab(fillText(SCHEDULED_PIPELINE_TEMPLATE, { MODULE: module }), signing)
}

/** The pipeline as an include: its global keywords move into its jobs, so that they change no other job. */
export function gitlabInclude(job: CiJob, { path, stage }: { path: string; stage: string }): string {
  const text = gitlabPipeline(job)
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
