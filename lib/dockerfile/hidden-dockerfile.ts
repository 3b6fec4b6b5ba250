import type { Directory } from "@dagger.io/dagger"
import { hasFile, readSourceFile } from "../config/source-file.ts"

/** The name that a Dockerfile of Slipway's gets in a build context; nothing of the source's own is called so. */
export const HIDDEN_DOCKERFILE = ".slipway.Dockerfile"

/** The engine reads a Dockerfile only from the context: it lies there, and its own ignore file keeps both out of the image. */
export function hideDockerfile(context: Directory, { text, ignore }: { text: string; ignore?: string }): Directory {
  const ignored = [ignore ?? "", HIDDEN_DOCKERFILE, `${HIDDEN_DOCKERFILE}.dockerignore`].join("\n")
  return context.withNewFile(HIDDEN_DOCKERFILE, text).withNewFile(`${HIDDEN_DOCKERFILE}.dockerignore`, ignored)
}

/**
 * The ignore file that holds for a Dockerfile: its own wins over the context's.
 * https://docs.docker.com/build/concepts/context/#filename-and-location
 */
export async function readIgnore(
  context: Directory,
  { folder, dockerfile }: { folder: Directory; dockerfile: string },
): Promise<string | undefined> {
  const own = `${dockerfile}.dockerignore`
  if (await hasFile(folder, own)) return await readSourceFile(folder, own)
  return (await hasFile(context, ".dockerignore")) ? await readSourceFile(context, ".dockerignore") : undefined
}
