import { basename, dirname } from "node:path/posix"

/** A folder with a Dockerfile of its own. `name` is what its image can be called. */
export type ImageFolder = { name: string; path: string; dockerfile: string }

/** Somebody else's code, or code that is not shipped. */
const NOT_SHIPPED = /(^|\/)(node_modules|vendor|testdata|fixtures|\.[^/]+)\/|\.dockerignore$/

/** The Dockerfiles of what the repository could ship, from its root downwards. */
export function ownDockerfiles(paths: string[]): string[] {
  return paths.filter((path) => !NOT_SHIPPED.test(path)).sort(shallowFirst)
}

/** Several images of one repository: each in a folder of its own, and none at the root that could be made of them all. */
export function serviceFolders(dockerfiles: string[]): ImageFolder[] {
  const named = dockerfiles.filter((path) => basename(path) === "Dockerfile")
  if (named.length < 2 || named.some((path) => dirname(path) === ".")) return []
  const short = named.map((path) => imageName(basename(dirname(path))))
  return named.map((dockerfile, at) => {
    const path = dirname(dockerfile)
    const own = short[at] ?? ""
    const name = short.filter((other) => other === own).length > 1 ? imageName(path) : own
    return { name, path, dockerfile }
  })
}

/** The repository's one image: its first Dockerfile, wherever that is. */
export function onlyFolder(dockerfiles: string[]): ImageFolder {
  const [dockerfile = "Dockerfile"] = dockerfiles
  return { name: "app", path: dirname(dockerfile), dockerfile }
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
