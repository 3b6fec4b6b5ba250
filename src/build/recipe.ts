import { type Directory, ExistsType } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { BuildRequest } from "./request.ts"

/** What is built: the context without what shall not be in it, and the Dockerfile within it. */
export type Recipe = { context: Directory; dockerfile: string; text: string; ignore?: string }

/** The name that a Dockerfile from outside of the context gets in it; nothing of the source's own is called so. */
const OUTSIDE = ".slipway.Dockerfile"

/** Finds the Dockerfile in the context, as Docker's default is, or else in the source, as Docker's -f is. */
export async function findRecipe(source: Directory, request: BuildRequest): Promise<Recipe> {
  const { dockerfile, keepGitDir } = request
  const whole = await findContext(source, request)
  const context = keepGitDir ? whole : whole.withoutDirectory(".git")
  const [inContext, inSource] = await Promise.all([context.exists(dockerfile), source.exists(dockerfile)])
  if (!inContext && !inSource) throw await missing(whole, request)
  const root = inContext ? context : source
  const [text, ignore] = await Promise.all([root.file(dockerfile).contents(), readIgnore(context, root, dockerfile)])
  return inContext ? { context, dockerfile, text, ignore } : bringIn({ context, text, ignore })
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

/** https://docs.docker.com/build/concepts/context/#filename-and-location: a Dockerfile's own wins over the context's. */
async function readIgnore(context: Directory, root: Directory, dockerfile: string): Promise<string | undefined> {
  const own = `${dockerfile}.dockerignore`
  if (await root.exists(own)) return await root.file(own).contents()
  return (await context.exists(".dockerignore")) ? await context.file(".dockerignore").contents() : undefined
}

/** The engine reads a Dockerfile only from the context: it lies there, and its own ignore file keeps both out of the image. */
function bringIn({ context, text, ignore }: Omit<Recipe, "dockerfile">): Recipe {
  const ignored = [ignore ?? "", OUTSIDE, `${OUTSIDE}.dockerignore`].join("\n")
  const files = context.withNewFile(OUTSIDE, text).withNewFile(`${OUTSIDE}.dockerignore`, ignored)
  return { context: files, dockerfile: OUTSIDE, text, ignore }
}

async function missing(folder: Directory, { context, dockerfile }: BuildRequest): Promise<SlipwayError> {
  return new SlipwayError("DOCKERFILE_NOT_FOUND", {
    expected: `a Dockerfile at ${dockerfile} in ${context}`,
    got: await listing(folder),
    fix: "Name it with --dockerfile, and its folder with --context.",
  })
}

async function listing(folder: Directory): Promise<string> {
  return (await folder.entries()).slice(0, 20).join(", ") || "an empty directory"
}
