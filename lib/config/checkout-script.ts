import { fillText, readText } from "./text-file.ts"

/** Where the program, its settings and its filter lie in git's container. */
export const CHECKOUT_PATHS = {
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
