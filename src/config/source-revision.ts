import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { readFatalExit } from "./fatal-exit.ts"
import { parseRevision, type Revision } from "./revision.ts"

const SOURCE = "/slipway/source"

/** What the source's own git checkout says of it; undefined where there is none, or nothing is committed yet. */
export async function readRevision(source: Directory, gitImage: string): Promise<Revision | undefined> {
  if (!(await source.exists(".git"))) return undefined
  const git = dag
    .container()
    .from(gitImage)
    .withMountedDirectory(SOURCE, source)
    .withWorkdir(SOURCE)
    // the checkout belongs to whoever made it, and git refuses another user's
    .withEnvVariable("GIT_CONFIG_COUNT", "1")
    .withEnvVariable("GIT_CONFIG_KEY_0", "safe.directory")
    .withEnvVariable("GIT_CONFIG_VALUE_0", "*")
  const [commit, status, url] = await Promise.all([
    ask(git, ["log", "-1", "--no-show-signature", "--format=%H%n%ct%n%D"]),
    ask(git, ["status", "--porcelain=v2", "--branch"]),
    ask(git, ["config", "--get", "remote.origin.url"]),
  ])
  return commit === undefined ? undefined : parseRevision({ commit, status: status ?? "", url: url ?? "" })
}

/** Undefined is a normal answer: no commit yet, no remote. */
async function ask(git: Container, args: string[]): Promise<string | undefined> {
  const asked = git.withExec(["git", ...args], { expect: ReturnType.Any })
  try {
    return (await asked.exitCode()) === 0 ? await asked.stdout() : undefined
  } catch (error) {
    if (readFatalExit(error)) return undefined
    throw error
  }
}
