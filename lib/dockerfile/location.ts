import { basename } from "node:path/posix"
import type { Directory } from "@dagger.io/dagger"
import { hasFile, readSourceFile } from "../config/file.ts"

/** Folders of third-party code, or of code that is not shipped: tests, examples, a developer's environment. */
const NOT_SHIPPED = new RegExp(
  [
    "node_modules|vendor|third[-_]party|examples?|samples?|\\.[^/]+",
    // "test" must be a separate word: contests and latest do not match, and test-runner may be a service.
    "(?:[^/]+[-_.])?(?:tests?|e2e)(?:[-_.](?:tests?|e2e|fixtures?|data|images?|integration|unit|load|utils?|helpers?))?",
    "test[-_]?data|fixtures?|(?:integration|acceptance|load|unit)tests?",
    "__(?:tests?|fixtures?|mocks?)__",
  ]
    .map((names) => `(?:^|/)(?:${names})/`)
    .join("|"),
  "i",
)

/** Whether a file belongs to what the repository ships. */
export function isShipped(path: string): boolean {
  return !NOT_SHIPPED.test(path)
}

// Dockerfile, Dockerfile.dev, Dockerfile-alpine, api.Dockerfile; never a hidden file, or code that handles Dockerfiles.
const DOCKERFILE = /^(?:Dockerfile(?:[.-][\w.-]+)?|\w[\w.-]*\.Dockerfile)$/i
const OF_ANOTHER_KIND =
  /\.(?:dockerignore|[cm]?[jt]sx?|go|py|rs|rb|java|kt|cs|md|rst|txt|json|ya?ml|html|sh|lock|bak|orig|swp|j2|tmpl|tpl|erb|mustache|hbs|template)$/i

/** Finds the Dockerfiles that a source could ship, those near its root first. */
export async function findDockerfiles(source: Directory): Promise<string[]> {
  const found = await Promise.all([source.glob("**/*Dockerfile*"), source.glob("**/*dockerfile*")])
  return ownDockerfiles(found.flat())
}

/** Selects the Dockerfiles that the repository could ship, those near its root first. */
export function ownDockerfiles(paths: string[]): string[] {
  const named = [...new Set(paths)].filter((path) => DOCKERFILE.test(basename(path)) && !OF_ANOTHER_KIND.test(path))
  return named.filter(isShipped).sort(shallowFirst)
}

function shallowFirst(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || a.localeCompare(b)
}

/** The name of Slipway's Dockerfile in a build context, which must not exist in the source. */
export const HIDDEN_DOCKERFILE = ".slipway.Dockerfile"

/** Adds a Dockerfile to the context, where the engine requires it. Its ignore file keeps both files out of the image. */
export function hideDockerfile(context: Directory, { text, ignore }: { text: string; ignore?: string }): Directory {
  const ignored = [ignore ?? "", HIDDEN_DOCKERFILE, `${HIDDEN_DOCKERFILE}.dockerignore`].join("\n")
  return context.withNewFile(HIDDEN_DOCKERFILE, text).withNewFile(`${HIDDEN_DOCKERFILE}.dockerignore`, ignored)
}

/**
 * The ignore file that applies to a Dockerfile: the Dockerfile's own wins over that of the context.
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
