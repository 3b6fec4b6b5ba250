import { readText } from "../config/file.ts"

/** Where the program and what it reads lie. */
export const TURN_PATHS = {
  program: "/slipway/turn/push",
  /** The files that the commit changes, a line each. */
  files: "/slipway/turn/files",
  /** Whatever was read to make the edit, a path each: another change of it would have made another edit. */
  reads: "/slipway/turn/reads",
}

/**
 * Pushes HEAD to a branch that others push to as well: BRANCH SECONDS GIT... A start of a container takes longer than a
 * push, so whoever needs one for each try is always late. A commit that others overtook is made anew on theirs here, if
 * none of theirs touched a path that the edit was made from, or speaks of the same image and may hold against ours: then
 * the same edit on the new tip gives the same text. All else (a refusal, a rewritten branch, a file that others changed
 * too) ends it, and the caller decides. A symbolic link may lead out of the paths that were read, so where there is one
 * every edit is made by the caller.
 */
export const PUSH_IN_TURN = readText(new URL("./push-in-turn.sh", import.meta.url))
