import { parseJson } from "../config/file.ts"
import type { Instruction } from "./instructions.ts"

type ExecFailure = { cmd: string[]; stderr?: string }

/**
 * Puts the RUN that failed, and its line, before what the engine says. It stays the same error: wrapped, it would lose the
 * exit code and the output that hang on it.
 */
export function nameFailedRun(error: unknown, instructions: Instruction[]): unknown {
  const { cmd, stderr = "" } = (error ?? {}) as Partial<ExecFailure>
  if (!(error instanceof Error) || !Array.isArray(cmd)) return error
  const named = failedRunText({ cmd, stderr }, instructions)
  if (named) error.message = `${named} ${error.message}`
  return error
}

/** Which RUN it was that failed. Stages may have the same one, and the engine does not say which of them ran. */
export function failedRunText({ cmd, stderr = "" }: ExecFailure, instructions: Instruction[]): string | undefined {
  const runs = instructions.filter((instruction) => instruction.keyword === "RUN" && isCommandOf(instruction, cmd))
  const [run] = runs
  if (!run) return undefined
  const start = run.args.length > 200 ? `${run.args.slice(0, 200)}…` : run.args
  const lines = [...new Set(runs.map(({ line }) => line))]
  const place = lines.length > 1 ? `one of the Dockerfile's lines ${lines.join(", ")}` : `Dockerfile line ${run.line}`
  const hint = /not a git repository/i.test(stderr) ? ` ${WITHOUT_GIT}` : ""
  return `RUN ${start} (${place}) failed.${hint}`
}

const WITHOUT_GIT =
  ".git is not in the build's context unless it is asked for: build.keepGitDir: true in slipway.yaml (alone: --keep-git-dir)."

/** The shell's argument, or a whole list; a heredoc alone is the shell's argument itself. */
function isCommandOf({ args, text }: Instruction, cmd: string[]): boolean {
  const last = (cmd.at(-1) ?? "").trim()
  const [, ...body] = text.split("\n")
  const content = body.join("\n").trim()
  return last === args || (content !== "" && (last === content || last.startsWith(`${args}\n`))) || isList(args, cmd)
}

function isList(args: string, cmd: string[]): boolean {
  return JSON.stringify(parseJson(args)) === JSON.stringify(cmd)
}
