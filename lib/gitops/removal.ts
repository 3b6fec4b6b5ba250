import { SlipwayError } from "../error.ts"
import { waitForTurn } from "./bump.ts"
import type { Author } from "./commit-message.ts"
import type { BumpContext } from "./context.ts"
import { commitRemoval, filesOf, pushHead } from "./git/checkout.ts"
import { deadlineOf, isTransient, lastLines, pushRefusal } from "./git/exec.ts"
import type { GitBranch } from "./git/remote.ts"
import { openBranch } from "./history.ts"
import { KUSTOMIZATION_GLOB, overlaysIn } from "./overlay/kustomize.ts"
import type { RepositoryPath } from "./request.ts"

type BranchRead = { branch: GitBranch; timeout: number }

/** The folders of a branch that have a kustomization. */
export async function listOverlays({ branch, timeout }: BranchRead, context: BumpContext): Promise<RepositoryPath[]> {
  const attempt = { run: context.run, tries: 0, deadline: deadlineOf(timeout) }
  const tree = filesOf(await openBranch({ branch }, context, attempt))
  return [...overlaysIn(await tree.glob(KUSTOMIZATION_GLOB)).keys()] as RepositoryPath[]
}

export type Removal = BranchRead & { paths: RepositoryPath[]; message: string; author: Author }

/** The commit and the removed folders; without any of them in the branch, there is nothing to do. */
export type RemovalOutcome = { status: "removed"; commit: string; paths: RepositoryPath[] } | { status: "unchanged" }

/**
 * Removes folders from a branch in one commit. When another writer pushes first, they are removed from the new tip, never by
 * force.
 */
export async function removeFolders(removal: Removal, context: BumpContext): Promise<RemovalOutcome> {
  const { branch, timeout } = removal
  const deadline = deadlineOf(timeout)
  for (let tries = 1; ; tries++) {
    const attempt = { run: context.run, tries, deadline }
    const checkout = await openBranch({ branch }, context, attempt)
    const tree = filesOf(checkout)
    const present = await Promise.all(removal.paths.map(async (path) => ((await tree.exists(path)) ? [path] : [])))
    const paths = present.flat()
    if (paths.length === 0) return { status: "unchanged" }
    const { message, author } = removal
    const signing = context.signing && { signing: context.signing }
    const { container, commit } = await commitRemoval(checkout, { paths, message, author, ...signing }, attempt)
    const { report, result } = await pushHead(container, branch, attempt)
    if (report.status === "accepted" || report.status === "up-to-date") return { status: "removed", commit, paths }
    if (report.status !== "behind" && !(report.status === "no-response" && isTransient(result.stderr))) {
      throw pushRefusal(branch, { report, result })
    }
    if (!(await waitForTurn(tries, deadline))) throw tooLate(tries, removal, result.stderr)
  }
}

function tooLate(tries: number, { branch, timeout }: Removal, stderr: string): SlipwayError {
  return new SlipwayError("PUSH_REFUSED", {
    expected: `a push to ${branch} within ${timeout} s`,
    got: `${tries} failed tries, the last with: ${lastLines(stderr)}`,
    fix: "Run it again. No folder was removed.",
  })
}
