import { posix } from "node:path"
import type { Container } from "@dagger.io/dagger"
import { readText } from "../../config/file.ts"
import type { Rendered } from "../checks/render.ts"
import type { Author } from "../commit-message.ts"
import { commitRenderedArgs, fetchRenderedArgs, pushBothArgs, RENDERED_PATHS } from "./args.ts"
import { type CommitSigning, openSigning, removeKey, signingFailure } from "./commit-signing.ts"
import { type Attempt, type ExecResult, gitFailure, queryServer, runEffect } from "./exec.ts"
import { type PushReport, parsePushReports } from "./output.ts"
import type { GitBranch } from "./remote.ts"

const PROGRAM = readText(new URL("./commit-rendered.sh", import.meta.url))

/** The file of each rendering on the branch: each overlay, chart or file has a folder of its own. */
export function renderedFiles(all: Pick<Rendered, "rendering" | "text">[]): Map<string, string> {
  return new Map(all.map(({ rendering, text }) => [posix.join(folderOf(rendering), "manifests.yaml"), text]))
}

function folderOf(rendering: Rendered["rendering"]): string {
  const { kind, path } = rendering
  if (kind === "kustomize") return path
  const isOwn = kind === "helm" && rendering.values.length === 0
  return isOwn ? rendering.chart : path.replace(/\.[^./]+$/, "")
}

/** The message names the commit that was rendered. */
export function renderedMessage(message: string, { branch, commit }: { branch: string; commit: string }): string {
  const [subject = ""] = message.split("\n")
  return `Render: ${subject}\n\nRendered from ${commit} of ${branch}.\n`
}

type RenderedContent = {
  branch: GitBranch
  files: Map<string, string>
  message: string
  author: Author
  signing?: CommitSigning
}

/** Commits the manifests on the tip of their branch, without a push; no commit if the branch has them already. */
export async function commitRendered(
  checkout: Container,
  { branch, files, message, author, signing }: RenderedContent,
  attempt: Attempt,
): Promise<{ container: Container; commit?: string }> {
  const fetched = await fetchRendered(checkout, branch, attempt)
  const key = signing && (await openSigning(signing))
  const ready = [...files]
    .reduce((before, [path, text]) => before.withNewFile(`${RENDERED_PATHS.tree}/${path}`, text), fetched)
    .withNewFile(RENDERED_PATHS.program, PROGRAM, { permissions: 0o755 })
    .withNewFile(RENDERED_PATHS.paths, [...files.keys()].map((path) => `${path}\n`).join(""))
    .withNewFile(RENDERED_PATHS.message, message)
  const args = commitRenderedArgs({ author, signing: key?.settings ?? [] })
  const result = await runEffect(key ? ready.with(key.mount) : ready, args, attempt)
  const [, what, commit] = result.stdout.match(/^(commit|same) ([0-9a-f]{40,64})$/m) ?? []
  if (result.exitCode !== 0 || !commit) {
    throw key ? signingFailure(result.stderr) : gitFailure(`to commit the manifests for ${branch}`, result.stderr)
  }
  const container = key ? result.container.with(removeKey) : result.container
  return what === "commit" ? { container, commit } : { container }
}

/** A branch that does not exist yet is created by the push. */
async function fetchRendered(checkout: Container, branch: GitBranch, attempt: Attempt): Promise<Container> {
  const fetched = await queryServer(checkout, fetchRenderedArgs(branch), attempt)
  if (fetched.exitCode === 0) return fetched.container
  if (/couldn't find remote ref/.test(fetched.stderr)) return checkout
  throw gitFailure(`to fetch the branch ${branch}`, fetched.stderr)
}

/** Pushes HEAD and the rendered commit in one atomic push; a refusal is a value, not an error. */
export async function pushBoth(
  container: Container,
  refs: { target: GitBranch; rendered?: { branch: GitBranch; commit: string } },
  attempt: Attempt,
): Promise<{ report: PushReport; result: ExecResult }> {
  const result = await runEffect(container, pushBothArgs(refs), attempt)
  return { report: parsePushReports(result.stdout), result }
}
