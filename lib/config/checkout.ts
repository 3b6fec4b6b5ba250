import { posix } from "node:path"
import { type Container, type Directory, dag, ReturnType } from "@dagger.io/dagger"
import { within } from "../engine/tool.ts"
import { errorMessage, quote, SlipwayError } from "../error.ts"
import { fillText, readText } from "./file.ts"
import { parseRevision, type Revision } from "./revision.ts"

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

/** Where the program, its settings and its filter lie in git's container. */
const CHECKOUT_PATHS = {
  program: "/slipway/read-checkout",
  lfsClean: "/slipway/lfs-clean",
  settings: "/slipway/gitconfig",
}
const SETTINGS = readText(new URL("./checkout.gitconfig", import.meta.url))

/**
 * What the machine that made the checkout may have had in its own settings, which do not travel with it: files as Git LFS
 * and core.autocrlf write them are as they were committed. What the checkout's own .git/config says of line ends still wins.
 * A file, and no variables: git does not pass those on to submodules.
 */
export function checkoutSettings({ lfsClean } = CHECKOUT_PATHS): string {
  return fillText(SETTINGS, { CLEAN: lfsClean })
}

/**
 * The pointer that git-lfs stores for the file that it is given, so that a checkout can be read without git-lfs:
 * https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md. A pointer that was never replaced by its file, and an empty
 * file, stay what they are.
 */
export const LFS_CLEAN = readText(new URL("./lfs-clean.sh", import.meta.url))

/**
 * Prints the commit's hash, time and refs, the remote's address (or nothing), and then the status; of a checkout without a
 * commit the status alone. It works on a copy, and changes in it what would keep git from looking: settings that have
 * another program say what changed, and what the index notes of files. Ends with 1 where git fails, with its words.
 */
export const READ_CHECKOUT = readText(new URL("./read-checkout.sh", import.meta.url))

type Explanation = { pattern: RegExp; fix: string }

const EXPLANATIONS: Explanation[] = [
  {
    pattern: /^no answer of /,
    fix: "Look at the image's registry, or name an image with git of a mirror as --git-image.",
  },
  {
    pattern: /filter .*failed|filter-process|unable to (?:run|start) .*filter/,
    fix: "The checkout's .git/config names a program for its files that the image lacks: take the setting out (git config --remove-section filter.NAME), or name an image with git and that program as --git-image.",
  },
  {
    pattern: /alternate/,
    fix: "The checkout borrows objects of a repository outside of it: make it whole with git repack -a -d, and delete .git/objects/info/alternates.",
  },
  {
    pattern: /not a git repository: .*\/modules\/|in submodule|submodule/,
    fix: "A submodule's .git file points out of the source: git submodule update --init in a new clone writes one that does not. Pass the whole repository as --source.",
  },
  {
    pattern: /repository extension|repository (?:format )?version/,
    fix: "The image's git is too old for this repository: name an image with a newer one as --git-image.",
  },
]

const OTHERWISE =
  "Run git status in a copy of the source and mend what it says. Without git's answer nothing is known of the commit, so it counts neither as clean nor as another one."

/** git's own words on a checkout that it cannot read. */
export function checkoutUnreadable(stderr: string): SlipwayError {
  const { fix } = EXPLANATIONS.find(({ pattern }) => pattern.test(stderr)) ?? { fix: OTHERWISE }
  return new SlipwayError("SOURCE_INVALID", {
    expected: "git to read the source's checkout",
    got: stderr.trim().split("\n").slice(-3).join(" / ").slice(-500) || "an error without words",
    fix,
  })
}

/** A work tree or submodule keeps its git folder elsewhere; one outside of the source does not come along. */
export function requireOwnGitDir(file: string): void {
  const [, folder = ""] = file.match(/^gitdir: (.+?)\r?\n?$/) ?? []
  const inside = folder && !posix.isAbsolute(folder) && !/^\.\.(?:\/|$)/.test(posix.normalize(folder))
  if (inside && !/^[A-Za-z]:/.test(folder)) return
  throw new SlipwayError("SOURCE_INVALID", {
    expected: "the source's git folder within the source",
    got: folder
      ? `${nameOf(folder)}: its .git is a file that points to ${quote(folder)}, outside of it`
      : `a file .git that says something else: ${quote(file)}`,
    fix: adviceFor(folder),
  })
}

function nameOf(folder: string): string {
  if (/\/worktrees\//.test(folder)) return "a linked work tree"
  return /\/modules\//.test(folder) ? "a submodule's folder" : "a checkout whose git folder is elsewhere"
}

function adviceFor(folder: string): string {
  if (/\/modules\//.test(folder) && !/\/worktrees\//.test(folder))
    return "Pass the repository that it is a submodule of as --source, and this folder as --context; or a clone of its own."
  return "Pass a clone of it as --source, such as git clone -b NAME . ../clone makes here, or the main work tree."
}
