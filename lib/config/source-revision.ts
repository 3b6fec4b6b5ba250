import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { errorMessage } from "../error.ts"
import { checkoutUnreadable, requireOwnGitDir } from "./checkout-failure.ts"
import { CHECKOUT_PATHS, checkoutSettings, LFS_CLEAN, READ_CHECKOUT } from "./checkout-script.ts"
import { parseRevision, type Revision } from "./revision.ts"
import { within } from "./time-limit.ts"

const SOURCE = "/slipway/source"
/** It is mostly the pull of the image: a registry that takes the connection and says nothing would be waited for without end. */
const READ_SECONDS = 900

/**
 * What the source's own git checkout says of it; undefined where there is none, or nothing is committed yet. A git that
 * fails is an error: what it did not say must not be taken for "nothing was changed".
 */
export async function readRevision(source: Directory, gitImage: string): Promise<Revision | undefined> {
  const kind = await gitDirKind(source)
  if (kind === "none") return undefined
  if (kind === "file") requireOwnGitDir(await readGitFile(source))
  const ran = gitFor(source, gitImage).withExec([CHECKOUT_PATHS.program], { expect: ReturnType.Any })
  const exitCode = await within(READ_SECONDS, ran.exitCode(), () => {
    throw checkoutUnreadable(`no answer of ${gitImage} within ${READ_SECONDS} s`)
  })
  if (exitCode !== 0) throw checkoutUnreadable(await ran.stderr())
  return parseCheckout(await ran.stdout())
}

/** The engine writes a folder's name with a slash. */
async function gitDirKind(source: Directory): Promise<"none" | "file" | "folder"> {
  const entries = await source.entries()
  if (entries.includes(".git/")) return "folder"
  return entries.includes(".git") ? "file" : "none"
}

/** A link is listed as a file; what it leads to is not in the source. */
async function readGitFile(source: Directory): Promise<string> {
  try {
    return await source.file(".git").contents()
  } catch (error) {
    throw checkoutUnreadable(`.git is no folder and no file: ${errorMessage(error)}`)
  }
}

function gitFor(source: Directory, gitImage: string): Container {
  const program = { permissions: 0o755 }
  return (
    dag
      .container()
      .from(gitImage)
      .withNewFile(CHECKOUT_PATHS.program, READ_CHECKOUT, program)
      .withNewFile(CHECKOUT_PATHS.lfsClean, LFS_CLEAN, program)
      .withNewFile(CHECKOUT_PATHS.settings, checkoutSettings())
      .withEnvVariable("GIT_CONFIG_GLOBAL", CHECKOUT_PATHS.settings)
      .withEnvVariable("GIT_CONFIG_NOSYSTEM", "1")
      // a checkout that lacks objects is an error, and no reason to ask a server
      .withEnvVariable("GIT_ALLOW_PROTOCOL", "none")
      .withEnvVariable("LC_ALL", "C")
      .withMountedDirectory(SOURCE, source)
      .withWorkdir(SOURCE)
  )
}

/** What the program printed: three lines on the commit and one on the remote before the status, if there is a commit. */
export function parseCheckout(stdout: string): Revision | undefined {
  if (stdout.startsWith("# ")) return undefined
  const [hash, time, refs, url = "", ...status] = stdout.split("\n")
  return parseRevision({ commit: [hash, time, refs].join("\n"), status: status.join("\n"), url })
}
