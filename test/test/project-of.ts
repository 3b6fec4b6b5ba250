import type { Project } from "../../lib/test/runners/runner.ts"

/** Files of a case: the keys of the other cases of its table are undefined in it. */
export type Files = { [name: string]: string | undefined }

/** A project of these files. */
export function projectOf(files: Files, path: string = "."): Project {
  const known = Object.entries(files).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))
  const names = known.map(([name]) => name)
  return { path, entries: names, text: Object.fromEntries(known), above: [], below: names }
}
