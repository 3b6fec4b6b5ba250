import { type Directory, dag, ExistsType } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"

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
      got: `a link${await leadingTo(source, path)} that leads out of it`,
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
