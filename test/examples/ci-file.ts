import { readFileSync } from "node:fs"
import { parse } from "yaml"

export type Step = { name?: string; uses?: string; run?: string; if?: string; env?: Record<string, string> }
export type GithubJob = {
  permissions?: Record<string, string>
  env?: Record<string, string>
  steps: Step[]
  if?: string
  environment?: string
  "timeout-minutes"?: number
}
export type GitlabJob = { script: string[]; before_script?: string[]; [keyword: string]: unknown }

export const GITHUB = ["github.yml", "github-persistent.yml", "github-split.yml"]
export const GITLAB = ["gitlab-ci.yml", "gitlab-ci-persistent.yml", "gitlab-ci-split.yml"]
/** The jobs that run by a schedule, whatever was pushed. */
export const GITHUB_SCHEDULED = "github-scheduled.yml"
export const GITLAB_SCHEDULED = "gitlab-ci-scheduled.yml"

/** For the previews of requests. */
export const GITHUB_PREVIEW = "github-preview.yml"
export const GITLAB_PREVIEW = "gitlab-ci-preview.yml"

/** For several services, each group on its own engine. */
export const GITHUB_SERVICES = "github-services.yml"
export const GITLAB_SERVICES = "gitlab-ci-services.yml"
/** With a nightly job that builds on newer base images. */
export const GITHUB_REFRESH = "github-refresh.yml"
export const GITLAB_REFRESH = "gitlab-ci-refresh.yml"

export function ciText(name: string): string {
  return readFileSync(new URL(`../../examples/ci/${name}`, import.meta.url), "utf8")
}

export type Workflow = {
  permissions: Record<string, string>
  concurrency: { group: string }
  env: Record<string, string>
  jobs: Record<string, GithubJob>
}

export function githubWorkflow(name: string): Workflow {
  return parse(ciText(name)) as Workflow
}

/** The jobs that are run, each with what it takes over from the one that it extends. */
export function gitlabJobs(name: string): Record<string, GitlabJob> {
  const { stages: _stages, variables: _variables, ...all } = parse(ciText(name))
  const jobs = Object.entries<GitlabJob>(all).filter(([job]) => !job.startsWith("."))
  return Object.fromEntries(jobs.map(([job, own]) => [job, { ...all[String(own["extends"])], ...own }]))
}
