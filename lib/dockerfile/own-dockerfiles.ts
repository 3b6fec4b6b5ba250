import { basename } from "node:path/posix"
import type { Directory } from "@dagger.io/dagger"

/** Somebody else's code, or code that is not shipped: of tests, of examples, of a developer's own environment. */
const NOT_SHIPPED = new RegExp(
  [
    "node_modules|vendor|third[-_]party|examples?|samples?|\\.[^/]+",
    // "test" is a word of its own in the name: contests and latest are something else, and test-runner may be a service.
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

// Dockerfile, Dockerfile.dev, Dockerfile-alpine, api.Dockerfile; never a hidden file, or code about Dockerfiles.
const DOCKERFILE = /^(?:Dockerfile(?:[.-][\w.-]+)?|\w[\w.-]*\.Dockerfile)$/i
const OF_ANOTHER_KIND =
  /\.(?:dockerignore|[cm]?[jt]sx?|go|py|rs|rb|java|kt|cs|md|rst|txt|json|ya?ml|html|sh|lock|bak|orig|swp|j2|tmpl|tpl|erb|mustache|hbs|template)$/i

/** The Dockerfiles of what a source could ship, from its root downwards. */
export async function findDockerfiles(source: Directory): Promise<string[]> {
  const found = await Promise.all([source.glob("**/*Dockerfile*"), source.glob("**/*dockerfile*")])
  return ownDockerfiles(found.flat())
}

/** Those of the paths that are Dockerfiles of what the repository could ship. */
export function ownDockerfiles(paths: string[]): string[] {
  const named = [...new Set(paths)].filter((path) => DOCKERFILE.test(basename(path)) && !OF_ANOTHER_KIND.test(path))
  return named.filter(isShipped).sort(shallowFirst)
}

function shallowFirst(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || a.localeCompare(b)
}
