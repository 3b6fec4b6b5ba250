import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { BuildRequest } from "./request.ts"

/** What is built: the context without what shall not be in it, and the Dockerfile within it. */
export type Recipe = { context: Directory; dockerfile: string; text: string; ignore?: string }

/** The name that a Dockerfile from outside of the context gets in it; nothing of the source's own is called so. */
const OUTSIDE = ".slipway.Dockerfile"

/** Finds the Dockerfile in the context, as Docker's default is, or else in the source, as Docker's -f is. */
export async function findRecipe(source: Directory, request: BuildRequest): Promise<Recipe> {
  const { context, dockerfile, keepGitDir } = request
  const whole = context === "." ? source : source.directory(context)
  const folder = keepGitDir ? whole : whole.withoutDirectory(".git")
  const [inContext, inSource, ignored] = await Promise.all([
    folder.exists(dockerfile),
    source.exists(dockerfile),
    folder.exists(".dockerignore"),
  ])
  const ignore = ignored ? await folder.file(".dockerignore").contents() : undefined
  if (inContext) return { context: folder, dockerfile, text: await folder.file(dockerfile).contents(), ignore }
  if (!inSource) throw await missing(whole, request)
  const file = source.file(dockerfile)
  return { context: folder.withFile(OUTSIDE, file), dockerfile: OUTSIDE, text: await file.contents(), ignore }
}

async function missing(folder: Directory, { context, dockerfile }: BuildRequest): Promise<SlipwayError> {
  return new SlipwayError("DOCKERFILE_NOT_FOUND", {
    expected: `a Dockerfile at ${dockerfile} in ${context}`,
    got: (await folder.entries()).slice(0, 20).join(", ") || "an empty directory",
    fix: "Name it with --dockerfile, and its folder with --context.",
  })
}
