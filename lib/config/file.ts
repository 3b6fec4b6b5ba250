import { readFileSync } from "node:fs"
import { type Directory, dag, ExistsType } from "@dagger.io/dagger"
import type { Document } from "yaml"
import { errorMessage, SlipwayError } from "../error.ts"

/** Whether a file exists, or a link, even a dangling one. */
export async function hasFile(source: Directory, path: string): Promise<boolean> {
  return (await isLink(source, path)) || (await source.exists(path))
}

/** Reads an optional file. A link out of the source counts as missing. */
export async function readOptionalFile(source: Directory, path: string): Promise<string | undefined> {
  return await readUnlessLink(source, path, async () => undefined)
}

/** Reads a file that determines what Slipway does, so a link out of the source is an error. */
export async function readSourceFile(source: Directory, path: string): Promise<string> {
  return await readUnlessLink(source, path, async () => {
    throw new SlipwayError("SOURCE_INVALID", {
      expected: `a file ${path} in the source`,
      got: `a link${await linkTarget(source, path)} that points outside of it`,
      fix: "Pass a larger --source that contains both, or replace the link with the file.",
    })
  })
}

/** Only a link out of the source counts as missing; any other failed read throws. */
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

/** The target of a link, for an error. The engine exposes it only in a patch. */
async function linkTarget(source: Directory, path: string): Promise<string> {
  const alone = source.filter({ include: [path] }).changes(dag.directory())
  const patch = await alone
    .asPatch()
    .contents()
    .catch(() => "")
  const [, target] = patch.match(/^new file mode 120000$[\s\S]*?^\+(?!\+\+ )(.*)$/m) ?? []
  return target ? ` to ${target}` : ""
}

/** Reads a program or document of another language, which is a separate file next to its importer. */
export function readText(file: URL): string {
  // like a template literal: a checkout on Windows may have other line ends
  return readFileSync(file, "utf8").replaceAll("\r\n", "\n")
}

/**
 * Replaces the placeholders of a text: `__NAME__`, which is valid in most languages, or `"__NAME__"` if the language needs a
 * string; the value replaces the quotes too. Values are not expanded again. A placeholder without a value, and a value
 * without a placeholder, is a bug.
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
 * The limit for resolved aliases in one file; nested aliases multiply. Hundreds of jobs or services may share a block by its
 * anchor; an attack by nested aliases needs far more.
 */
export const MOST_ALIASES = 10_000

/** The value of a document with resolved aliases. `invalid` makes the error for aliases that cannot be resolved. */
export function resolveDocument(document: Pick<Document, "toJS">, invalid: (got: string) => SlipwayError): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES })
  } catch (error) {
    throw invalid(errorMessage(error).split("\n")[0] ?? "")
  }
}

/** Parses JSON; undefined for invalid JSON, which no schema accepts. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
