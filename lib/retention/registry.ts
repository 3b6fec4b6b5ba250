import type { ToolResult } from "../engine/tool.ts"
import { SlipwayError } from "../error.ts"
import { askCrane, type CraneOptions, craneFor, deleteArgs, isAbsent } from "../oci/crane.ts"
import type { Repository } from "../oci/reference.ts"
import { registryFailure } from "../oci/registry-failure.ts"
import { deletionAdvice, isUnsupported } from "./delete-right.ts"

/** A repository and the way to it. The same question at another moment is another exec. */
export type RegistryOptions = CraneOptions & { repository: Repository }
export type Question = { args: string[]; what: string; moment: string }

/** What the registry answers; undefined where it has no such thing. */
export async function askRegistry(
  { args, what, moment }: Question,
  { repository, ...options }: RegistryOptions,
): Promise<string | undefined> {
  const answer = await askCrane(craneFor(repository, options).withEnvVariable("SLIPWAY_MOMENT", moment), args)
  if (answer.exitCode === 0) return answer.stdout
  if (isAbsent(answer)) return undefined
  throw refused(what, answer, repository)
}

/** Deletes a manifest or a tag; one that is gone already is as well. */
export async function deleteRef(ref: string, { repository, ...options }: RegistryOptions): Promise<void> {
  const answer = await askCrane(craneFor(repository, options), deleteArgs(ref, options.access))
  if (answer.exitCode === 0 || isAbsent(answer)) return
  if (!isUnsupported(answer.stderr)) throw refused(`delete ${ref}`, answer, repository)
  throw new SlipwayError("REGISTRY_FAILED", {
    expected: `${repository.host} to delete ${ref}`,
    got: "that it does not delete",
    fix: deletionAdvice(repository),
  })
}

function refused(what: string, { stderr }: ToolResult, repository: Repository): SlipwayError {
  const right = "the right to read and to delete in the repository"
  return registryFailure(what, {
    stderr,
    repository,
    right,
    unchanged: "Nothing that is kept was touched.",
  })
}
