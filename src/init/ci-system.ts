import { quote, SlipwayError } from "../error.ts"
import { githubWorkflow } from "./github-workflow.ts"
import { gitlabPipeline } from "./gitlab-pipeline.ts"

export type CiSystem = "github" | "gitlab" | "none"
/** A file to write, by its path in the repository. */
export type CiFile = { path: string; text: string }

/** Stands where the module's own address belongs, which a module cannot know. */
export const MODULE_PLACEHOLDER = "github.com/acme/slipway@0000000000000000000000000000000000000000"

/** The caller's word, or what the repository's files and remote tell. */
export function chooseCi(asked: string | undefined, facts: { entries: string[]; remote?: string }): CiSystem {
  if (asked === "github" || asked === "gitlab" || asked === "none") return asked
  if (asked) {
    throw new SlipwayError("OPTIONS_INVALID", {
      expected: "--ci as github, gitlab or none",
      got: quote(asked),
      fix: "Leave it out to let the repository tell.",
    })
  }
  if (facts.entries.some((entry) => entry.replace(/\/$/, "") === ".gitlab-ci.yml")) return "gitlab"
  return facts.remote && /^https?:\/\/[^/]*gitlab/.test(facts.remote) ? "gitlab" : "github"
}

export function ciFile(system: CiSystem, module: string): CiFile | undefined {
  switch (system) {
    case "github":
      return { path: ".github/workflows/ship.yml", text: githubWorkflow(module) }
    case "gitlab":
      return { path: ".gitlab-ci.yml", text: gitlabPipeline(module) }
    case "none":
      return undefined
  }
}
