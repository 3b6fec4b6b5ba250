import type { File, Secret, Service } from "@dagger.io/dagger"
import type { Run } from "../config/effect.ts"
import { type GitAccess, requireAccess } from "./access.ts"
import { bump, planBump } from "./bump.ts"
import { parseGitRemote } from "./git-remote.ts"
import { type BumpOptions, parseBumpOptions } from "./options.ts"
import { renderBump, renderBumpPlan } from "./outcome-text.ts"
import { type PromoteOptions, promote } from "./promote.ts"
import { type RollbackOptions, rollback } from "./rollback.ts"

/** A repository and the way to it, as a caller passes them. */
export type GitAccessInput = {
  repo: string
  username?: string
  token?: Secret
  sshKey?: Secret
  knownHosts?: File
  gitService?: Service
}

export type BumpInput = { access: GitAccessInput; options: BumpOptions; image: string; run: Run; dryRun: boolean }

/** One bump from a caller's flat options to the text that a person reads. */
export async function bumpRepository({ access: input, options, image, run, dryRun }: BumpInput): Promise<string> {
  const request = parseBumpOptions(options)
  const access = gitAccess(input)
  const context = { access, image, run }
  if (dryRun) return renderBumpPlan(await planBump(request, context), request, access.remote)
  return renderBump(await bump(request, context), request, access.remote)
}

type Writer = { access: GitAccessInput; image: string; run: Run }

/** A rollback as a person reads it. */
export async function rollbackRepository(options: RollbackOptions, writer: Writer): Promise<string> {
  const context = writerContext(writer)
  const { request, outcome } = await rollback(options, context)
  return renderBump(outcome, request, context.access.remote)
}

/** A promotion as a person reads it. */
export async function promoteRepository(options: PromoteOptions, writer: Writer): Promise<string> {
  const context = writerContext(writer)
  const { request, outcome } = await promote(options, context)
  return renderBump(outcome, request, context.access.remote)
}

function writerContext({ access, image, run }: Writer) {
  return { access: gitAccess(access), image, run }
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
