import { basename, dirname } from "node:path/posix"

/** A folder with a Dockerfile of its own. `name` is what its image can be called, `home` the folder that is named so. */
export type ImageFolder = { name: string; path: string; home: string; dockerfile: string }

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

/** The Dockerfiles of what the repository could ship, from its root downwards. */
export function ownDockerfiles(paths: string[]): string[] {
  const named = [...new Set(paths)].filter((path) => DOCKERFILE.test(basename(path)) && !OF_ANOTHER_KIND.test(path))
  return named.filter(isShipped).sort(shallowFirst)
}

/** Several images of one repository: each in a folder of its own, and none at the root that could be made of them all. */
export function serviceFolders(dockerfiles: string[]): ImageFolder[] {
  const named = dockerfiles.filter((path) => /^Dockerfile$/i.test(basename(path)))
  if (named.length < 2 || named.some((path) => dirname(path) === ".")) return []
  const homes = named.map((path) => homeOf(dirname(path)))
  const short = homes.map((home) => imageName(basename(home)))
  return named.map((dockerfile, at) => {
    const path = dirname(dockerfile)
    const own = short[at] ?? ""
    const name = short.filter((other) => other === own).length > 1 ? imageName(path) : own
    return { name, path, home: homes[at] ?? path, dockerfile }
  })
}

/** Folders that say what is in them, not what is made of it: api/src is the api. */
const GENERIC = /^(?:src|source|docker|build|container|image|deploy|packaging)$/i

function homeOf(path: string): string {
  return path.includes("/") && GENERIC.test(basename(path)) ? homeOf(dirname(path)) : path
}

/** The repository's one image: its first Dockerfile, wherever that is. */
export function onlyFolder(dockerfiles: string[]): ImageFolder {
  const [dockerfile = "Dockerfile"] = dockerfiles
  const path = dirname(dockerfile)
  return { name: "app", path, home: homeOf(path), dockerfile }
}

function imageName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/([._-])[._-]+/g, "$1")
    .replace(/^[._-]+|[._-]+$/g, "")
}

function shallowFirst(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || a.localeCompare(b)
}
