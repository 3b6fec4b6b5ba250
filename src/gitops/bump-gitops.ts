import type { File, Secret, Service } from "@dagger.io/dagger"
import type { Run } from "../config/effect.ts"
import { SlipwayError } from "../error.ts"
import { type GitAccess, requireAccess } from "./access.ts"
import { type BumpContext, bump, planBump, type Written } from "./bump.ts"
import type { CommitSigning } from "./commit-signing.ts"
import { parseGitRemote } from "./git-remote.ts"
import { type BumpOptions, parseBumpOptions } from "./options.ts"
import { renderBump, renderBumpPlan } from "./outcome-text.ts"
import { type PromoteOptions, promote } from "./promote.ts"
import { type RollbackOptions, rollback } from "./rollback.ts"

/** A repository, the way to it and what its commits are signed with, as a caller passes them. */
export type GitAccessInput = {
  repo: string
  username?: string
  token?: Secret
  sshKey?: Secret
  knownHosts?: File
  gitService?: Service
  signingKey?: Secret
  signingPassword?: Secret
}

/** Who writes: the way to the repository, kustomize's image and git's, and the run that it is. */
export type Writer = { access: GitAccessInput; image: string; gitImage?: string; run: Run }

export type BumpInput = Writer & { options: BumpOptions; dryRun: boolean }

/** One bump from a caller's flat options to the text that a person reads. */
export async function bumpRepository({ options, dryRun, ...writer }: BumpInput): Promise<string> {
  const request = parseBumpOptions(options)
  if (!dryRun) return await write(writer, async (context) => ({ request, outcome: await bump(request, context) }))
  const context = bumpContext(writer)
  return renderBumpPlan(await planBump(request, context), request, context.access.remote)
}

export async function rollbackRepository(options: RollbackOptions, writer: Writer): Promise<string> {
  return await write(writer, (context) => rollback(options, context))
}

export async function promoteRepository(options: PromoteOptions, writer: Writer): Promise<string> {
  return await write(writer, (context) => promote(options, context))
}

/** What was written, as a person reads it. */
async function write(writer: Writer, act: (context: BumpContext) => Promise<Written>): Promise<string> {
  const context = bumpContext(writer)
  const { request, outcome } = await act(context)
  return renderBump(outcome, request, context.access.remote)
}

/** What a caller says of a writer, refused here if it cannot work. */
export function bumpContext({ access, ...images }: Writer): BumpContext {
  const signing = commitSigning(access)
  return { access: gitAccess(access), ...images, ...(signing && { signing }) }
}

function commitSigning({ signingKey: key, signingPassword: password }: GitAccessInput): CommitSigning | undefined {
  if (key) return { key, ...(password && { password }) }
  if (!password) return undefined
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: "a signing key beside the signing password",
    got: "none",
    fix: "Pass the key that the password belongs to, or neither of them.",
  })
}

/** The way to a repository, refused here if it cannot work. */
export function gitAccess({ repo, username, token, sshKey, knownHosts, gitService }: GitAccessInput): GitAccess {
  return requireAccess({
    remote: parseGitRemote(repo),
    ...(token && { login: { ...(username && { username }), token } }),
    ...(sshKey && { ssh: { key: sshKey, ...(knownHosts && { knownHosts }) } }),
    ...(gitService && { service: gitService }),
  })
}
