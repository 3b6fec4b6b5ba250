import { type Container, dag } from "@dagger.io/dagger"
import { ignorePatterns } from "./dockerignore.ts"
import type { Recipe } from "./recipe.ts"
import type { BuildFacts } from "./warnings.ts"

const CONTEXT = "/slipway/context"

/** What only the engine knows of a build: as whom its image runs, and how much it was given to build from. */
export async function observeBuild(
  image: Container,
  { recipe, toolImage }: { recipe: Recipe; toolImage: string },
): Promise<Pick<BuildFacts, "user" | "contextSize" | "hasIgnoreFile">> {
  const [user, contextSize] = await Promise.all([image.user(), measureContext(recipe, toolImage)])
  return { user, contextSize, hasIgnoreFile: recipe.ignore !== undefined }
}

/** In bytes; `du` counts whole blocks, which is near enough for a warning. */
async function measureContext({ context, ignore = "" }: Recipe, toolImage: string): Promise<number> {
  const kept = dag.directory().withDirectory("/", context, { exclude: ignorePatterns(ignore) })
  const measured = dag.container().from(toolImage).withMountedDirectory(CONTEXT, kept)
  const [kilobytes = "0"] = (await measured.withExec(["du", "-sk", CONTEXT]).stdout()).split(/\s/)
  return Number(kilobytes) * 1024
}
