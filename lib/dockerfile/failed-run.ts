import { parseJson } from "../config/file.ts"
import type { Instruction } from "./instructions.ts"

type ExecFailure = { cmd: string[]; stderr?: string }

/**
 * Puts the failed RUN and its line in front of the engine's message. It changes the error in place, because a wrapped one
 * would lose its exit code and output.
 */
export function nameFailedRun(error: unknown, instructions: Instruction[]): unknown {
  const { cmd, stderr = "" } = (error ?? {}) as Partial<ExecFailure>
  if (!(error instanceof Error) || !Array.isArray(cmd)) return error
  const named = failedRunText({ cmd, stderr }, instructions)
  if (named) error.message = `${named} ${error.message}`
  return error
}

/** Names the RUN that failed. Several stages may have the same one, and the engine does not report which of them ran. */
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
  ".git is not in the build context by default: set build.keepGitDir: true in slipway.yaml (alone: --keep-git-dir)."

/** The command is the shell's argument, or a whole list; a heredoc without other text is the shell's argument. */
function isCommandOf({ args, text }: Instruction, cmd: string[]): boolean {
  const last = (cmd.at(-1) ?? "").trim()
  const [, ...body] = text.split("\n")
  const content = body.join("\n").trim()
  return last === args || (content !== "" && (last === content || last.startsWith(`${args}\n`))) || isList(args, cmd)
}

function isList(args: string, cmd: string[]): boolean {
  return JSON.stringify(parseJson(args)) === JSON.stringify(cmd)
}
