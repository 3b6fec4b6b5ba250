import { posix } from "node:path"
import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { within } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { fillText, readText } from "./file.ts"
import { parseRevision, type Revision } from "./revision.ts"

const SOURCE = "/slipway/source"
/** Limits the pull of the image too: without a limit, a registry that accepts the connection and stays silent would block forever. */
const READ_SECONDS = 900

/**
 * Reads the revision from the source's git checkout; undefined without a checkout, or without a commit. A git that fails is
 * an error, because it must not look like a clean work tree.
 */
export async function readRevision(source: Directory, gitImage: string): Promise<Revision | undefined> {
  const kind = await gitDirKind(source)
  if (kind === "none") return undefined
  if (kind === "file") requireOwnGitDir(await readGitFile(source))
  const ran = gitFor(source, gitImage).withExec([CHECKOUT_PATHS.program], { expect: ReturnType.Any })
  const exitCode = await within(READ_SECONDS, ran.exitCode(), () => {
    throw checkoutUnreadable(`no result of ${gitImage} within ${READ_SECONDS} s`)
  })
  if (exitCode !== 0) throw checkoutUnreadable(await ran.stderr())
  return parseCheckout(await ran.stdout())
}

/** The engine lists folders with a trailing slash. */
async function gitDirKind(source: Directory): Promise<"none" | "file" | "folder"> {
  const entries = await source.entries()
  if (entries.includes(".git/")) return "folder"
  return entries.includes(".git") ? "file" : "none"
}

/** The engine lists a link as a file, although its target is not in the source. */
async function readGitFile(source: Directory): Promise<string> {
  try {
    return await source.file(".git").contents()
  } catch (error) {
    throw checkoutUnreadable(`.git is neither a folder nor a file: ${errorMessage(error)}`)
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
      // a checkout that lacks objects is an error; git must not fetch them from a server
      .withEnvVariable("GIT_ALLOW_PROTOCOL", "none")
      .withEnvVariable("LC_ALL", "C")
      .withMountedDirectory(SOURCE, source)
      .withWorkdir(SOURCE)
  )
}

/** Parses the program's output: three lines for the commit and one for the remote, if there is a commit, then the status. */
export function parseCheckout(stdout: string): Revision | undefined {
  if (stdout.startsWith("# ")) return undefined
  const [hash, time, refs, url = "", ...status] = stdout.split("\n")
  return parseRevision({ commit: [hash, time, refs].join("\n"), status: status.join("\n"), url })
}

/** The paths of the program, its settings and its filter in git's container. */
const CHECKOUT_PATHS = {
  program: "/slipway/read-checkout",
  lfsClean: "/slipway/lfs-clean",
  settings: "/slipway/gitconfig",
}
const SETTINGS = readText(new URL("./checkout.gitconfig", import.meta.url))

/**
 * Replaces the settings of the machine that made the checkout, which are not part of it, so that files written by Git LFS
 * or core.autocrlf count as unchanged. The checkout's .git/config still wins. The settings are a file, because git does not
 * pass variables on to submodules.
 */
export function checkoutSettings({ lfsClean } = CHECKOUT_PATHS): string {
  return fillText(SETTINGS, { CLEAN: lfsClean })
}

/**
 * Prints the pointer that git-lfs stores for a file, so that git can compare a checkout without git-lfs:
 * https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. A file that is still a pointer, and an empty file, stay
 * unchanged.
 */
export const LFS_CLEAN = readText(new URL("./lfs-clean.sh", import.meta.url))

/**
 * Prints the commit's hash, time and refs, the remote's address (or an empty line), and then the status; without a commit
 * only the status. It works on a copy, and removes what could hide changes: settings that let another program detect
 * changes, and the file times in the index. Exits with 1 and git's message if git fails.
 */
export const READ_CHECKOUT = readText(new URL("./read-checkout.sh", import.meta.url))

type Explanation = { pattern: RegExp; fix: string }

const EXPLANATIONS: Explanation[] = [
  {
    pattern: /^no result of /,
    fix: "Check the image's registry, or pass an image with git from a mirror as --git-image.",
  },
  {
    pattern: /filter .*failed|filter-process|unable to (?:run|start) .*filter/,
    fix: "Remove the filter from the checkout's .git/config (git config --remove-section filter.NAME), or pass an image with git and the filter's program as --git-image.",
  },
  {
    pattern: /alternate/,
    fix: "Copy the objects that the checkout borrows from another repository with git repack -a -d, and delete .git/objects/info/alternates.",
  },
  {
    pattern: /not a git repository: .*\/modules\/|in submodule|submodule/,
    fix: "Pass the whole repository as --source, from a new clone with git submodule update --init: here the .git file of a submodule points outside of the source.",
  },
  {
    pattern: /repository extension|repository (?:format )?version/,
    fix: "Pass an image with a newer git as --git-image: this git is too old for the repository.",
  },
]

const OTHERWISE =
  "Run git status in a copy of the source, and fix the error that it reports. Slipway does not continue, because it cannot tell whether the commit is clean."

/** The error for a checkout that git cannot read, with git's message and a fix. */
export function checkoutUnreadable(stderr: string): SlipwayError {
  const { fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? { fix: OTHERWISE }
  return new SlipwayError("SOURCE_INVALID", {
    expected: "git to read the source's checkout",
    got: stderr.trim().split("\n").slice(-3).join(" / ").slice(-500) || "an error without a message",
    fix,
  })
}

/** A linked work tree or submodule has its git folder elsewhere; a folder outside of the source is not part of it. */
export function requireOwnGitDir(file: string): void {
  const [, folder = ""] = file.match(/^gitdir: (.+?)\r?\n?$/) ?? []
  const inside = folder && !posix.isAbsolute(folder) && !/^\.\.(?:\/|$)/.test(posix.normalize(folder))
  if (inside && !/^[A-Za-z]:/.test(folder)) return
  throw new SlipwayError("SOURCE_INVALID", {
    expected: "the git folder to be in the source",
    got: folder
      ? `${nameOf(folder)}: its .git file points outside of the source, to ${quote(folder)}`
      : `a .git file without a path: ${quote(file)}`,
    fix: adviceFor(folder),
  })
}

function nameOf(folder: string): string {
  if (/\/worktrees\//.test(folder)) return "a linked work tree"
  return /\/modules\//.test(folder) ? "a submodule's folder" : "a checkout whose git folder is elsewhere"
}

function adviceFor(folder: string): string {
  if (/\/modules\//.test(folder) && !/\/worktrees\//.test(folder))
    return "Pass the repository that contains the submodule as --source, and this folder as --context, or a separate clone of the submodule as --source."
  return "Pass the main work tree as --source, or a clone of this one, such as that of git clone -b NAME . ../clone."
}
