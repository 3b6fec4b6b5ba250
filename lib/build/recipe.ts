import { type Directory, ExistsType } from "@dagger.io/dagger"
import { hasFile, readSourceFile } from "../config/file.ts"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { findDockerfiles, readIgnore } from "../dockerfile/location.ts"
import { SlipwayError } from "../error.ts"
import type { BuildRequest } from "./request.ts"

/** What is built: the context without what shall not be in it, a Dockerfile's text, and the ignore file that holds for it. */
export type Recipe = { context: Directory; text: string; ignore?: string }

/** Finds the Dockerfile in the context, as Docker's default is, or else in the source, as Docker's -f is. */
export async function findRecipe(source: Directory, request: BuildRequest): Promise<Recipe> {
  const { dockerfile, keepGitDir } = request
  const whole = await findContext(source, request)
  const context = keepGitDir ? whole : whole.withoutDirectory(".git")
  const [inContext, inSource] = await Promise.all([hasFile(context, dockerfile), hasFile(source, dockerfile)])
  if (!inContext && !inSource) throw await missing({ source, folder: whole }, request)
  const root = inContext ? context : source
  const [text, ignore] = await Promise.all([
    readSourceFile(root, dockerfile),
    readIgnore(context, { folder: root, dockerfile }),
  ])
  return { context, text, ...(ignore !== undefined && { ignore }) }
}

async function findContext(source: Directory, { context }: BuildRequest): Promise<Directory> {
  if (context === ".") return source
  if (await source.exists(context, { expectedType: ExistsType.DirectoryType })) return source.directory(context)
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a folder ${context} in the source, to build from`,
    got: await listing(source),
    fix: "Name one of the source's folders with --context.",
  })
}

type Folders = { source: Directory; folder: Directory }

async function missing({ source, folder }: Folders, { context, dockerfile }: BuildRequest): Promise<SlipwayError> {
  const below = context === "." && dockerfile === "Dockerfile" ? await unnamedDockerfiles(source) : []
  if (below.length > 0) {
    return new SlipwayError("DOCKERFILE_NOT_FOUND", {
      expected: `a Dockerfile at ${dockerfile} in ${context}, or a ${SETTINGS_FILE} that says what to build`,
      got: `Dockerfiles at ${below.slice(0, MOST_LISTED).join(", ")}`,
      fix: `Run init: it writes a ${SETTINGS_FILE} for these Dockerfiles. Or name one with --dockerfile, and its folder with --context. Nothing was built.`,
    })
  }
  return new SlipwayError("DOCKERFILE_NOT_FOUND", {
    expected: `a Dockerfile at ${dockerfile} in ${context}`,
    got: await listing(folder),
    fix: "Name it with --dockerfile, and its folder with --context. Nothing was built.",
  })
}

/** The Dockerfiles in folders of a source whose settings name none of them. */
async function unnamedDockerfiles(source: Directory): Promise<string[]> {
  if (await hasFile(source, SETTINGS_FILE)) return []
  return (await findDockerfiles(source)).filter((path) => path.includes("/"))
}

const MOST_LISTED = 20

async function listing(folder: Directory): Promise<string> {
  return (await folder.entries()).slice(0, MOST_LISTED).join(", ") || "an empty directory"
}
