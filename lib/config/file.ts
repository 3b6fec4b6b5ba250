import { readFileSync } from "node:fs"
import { type Directory, dag, ExistsType } from "@dagger.io/dagger"
import type { Document } from "yaml"
import { errorMessage, SlipwayError } from "../error.ts"

/** Whether there is such a file, or a link in its place, wherever that leads. */
export async function hasFile(source: Directory, path: string): Promise<boolean> {
  return (await isLink(source, path)) || (await source.exists(path))
}

/** A file that need not be there, and is as good as not there if it is a link out of the source. */
export async function readOptionalFile(source: Directory, path: string): Promise<string | undefined> {
  return await readUnlessLink(source, path, async () => undefined)
}

/** A file that decides over what is done, so that a link out of the source is an error that names it. */
export async function readSourceFile(source: Directory, path: string): Promise<string> {
  return await readUnlessLink(source, path, async () => {
    throw new SlipwayError("SOURCE_INVALID", {
      expected: `a file ${path} in the source`,
      got: `a link${await leadingTo(source, path)} that points outside of it`,
      fix: "Pass a larger --source that holds both, or put the file itself there.",
    })
  })
}

/** Anything else that keeps a file from being read is no answer, but an error. */
async function readUnlessLink<T>(source: Directory, path: string, otherwise: () => Promise<T>): Promise<string | T> {
  try {
    return await source.file(path).contents()
  } catch (error) {
    if (!(await isLink(source, path))) throw error
    return await otherwise()
  }
}

async function isLink(source: Directory, path: string): Promise<boolean> {
  return await source.exists(path, { expectedType: ExistsType.SymlinkType, doNotFollowSymlinks: true })
}

/** The engine tells where a link leads only as a patch does. It is for the message alone. */
async function leadingTo(source: Directory, path: string): Promise<string> {
  const alone = source.filter({ include: [path] }).changes(dag.directory())
  const patch = await alone
    .asPatch()
    .contents()
    .catch(() => "")
  const [, target] = patch.match(/^new file mode 120000$[\s\S]*?^\+(?!\+\+ )(.*)$/m) ?? []
  return target ? ` to ${target}` : ""
}

/** A program or a document of another language, which is a file of that language beside what uses it. */
export function readText(file: URL): string {
  // as in a template literal: a checkout of Windows may have its own line ends
  return readFileSync(file, "utf8").replaceAll("\r\n", "\n")
}

/**
 * Such a text with a value for each placeholder: `__NAME__`, which a file of most languages may hold, or `"__NAME__"` where
 * its language wants a string; the value stands for the quotes too. What a value holds is not filled again. A placeholder
 * without a value, and a value without a placeholder, is a mistake of ours.
 */
export function fillText(text: string, values: Record<string, string>): string {
  const unused = new Set(Object.keys(values))
  const filled = text.replace(/"__([A-Z]+)__"|__([A-Z]+)__/g, (placeholder: string, quoted?: string, bare?: string) => {
    const name = quoted ?? bare ?? ""
    const value = values[name]
    if (value === undefined) throw new Error(`no value for the placeholder ${placeholder}`)
    unused.delete(name)
    return value
  })
  if (unused.size > 0) throw new Error(`no placeholder for ${[...unused].join(", ")}`)
  return filled
}

/**
 * How often the aliases of one file may be resolved, those within another one multiplied. Jobs or services that share a
 * block by its anchor are hundreds; an attack that grows by each level needs far more.
 */
export const MOST_ALIASES = 10_000

/** The value of a document, its aliases resolved; what keeps them from that is the error that the caller makes of it. */
export function resolveDocument(document: Pick<Document, "toJS">, invalid: (got: string) => SlipwayError): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    throw invalid(errorMessage(error).split("\n")[0] ?? "")
  }
}

/** A text as JSON; undefined if it is none, which no schema takes. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
