import { basename, dirname } from "node:path/posix"

/** A folder with a Dockerfile of its own. `name` is what its image can be called, `home` the folder that is named so. */
export type ImageFolder = { name: string; path: string; home: string; dockerfile: string }

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
