import { readText } from "../config/file.ts"

/**
 * Prints each of the words in a file, one a line, that GIT... finds: WORDS GIT... A repository that is full of short words,
 * such as the tag "1", is looked through here, where it lies, and only what was looked for leaves. A sentence may end after
 * a word. That git finds nothing is an answer (1); any other failure ends it.
 */
export const FIND_WORDS = readText(new URL("./find-words.sh", import.meta.url))
