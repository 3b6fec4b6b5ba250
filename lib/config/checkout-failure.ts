import { posix } from "node:path"
import { quote, SlipwayError } from "../error.ts"

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
