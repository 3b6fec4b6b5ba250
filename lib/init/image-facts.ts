import { posix } from "node:path"
import { basename, dirname } from "node:path/posix"
import type { Directory } from "@dagger.io/dagger"
import { readOptionalFile } from "../config/file.ts"
import { readInstructions } from "../dockerfile/instructions.ts"
import { SlipwayError } from "../error.ts"
import { planSuite } from "../test/suite-plan.ts"
import { composeNeeds, NO_NEEDS, type TestNeeds } from "./compose.ts"
import type { ImageFacts, TestFacts } from "./starter.ts"

const COMPOSE_FILES = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"]

/** How to build and test an image, from the files of its folder and of the repository's root. */
export async function imageFacts(source: Directory, folder: ImageFolder): Promise<ImageFacts> {
  const [context, tests] = await Promise.all([buildContext(source, folder), testFacts(source, folder)])
  return { ...folder, context, ...(tests && { tests }) }
}

/** The folder of the Dockerfile, or the root if the Dockerfile copies what only the root has. */
async function buildContext(source: Directory, { path, dockerfile }: ImageFolder): Promise<string> {
  if (path === "." || !(await source.exists(dockerfile))) return "."
  const text = (await readOptionalFile(source, dockerfile)) ?? ""
  const copied = copiedPaths(text)
  const present = await Promise.all(copied.map((name) => source.exists(posix.join(path, name))))
  if (!present.every(Boolean)) return "."
  return copied.length === 0 && copiesAll(text) && (await holdsNoCode(source, path)) ? "." : path
}

/** Files of a folder that only holds Dockerfiles; "COPY . ." there means code, which is elsewhere. */
const NO_CODE = isNamedLike(
  "[^/]*Dockerfile[^/]*|(?:docker-)?compose[^/]*\\.ya?ml",
  "[^/]*\\.(?:dockerignore|gitignore|sh|bash|ps1|bat|cmd|env|md)|\\.env[^/]*",
  // Scripts and notes often have no extension, and an entrypoint may be a script in any language.
  "(?!Gemfile$|Pipfile$|Procfile$|Rakefile$)[^/.]+",
  "(?:start|entry-?point|docker-entry-?point|health-?check|wait-for[^/.]*)\\.(?:py|js|mjs|rb|pl|php)",
)
/** A proxy's image may consist of configuration, unless the folder is named like one that only holds Dockerfiles. */
const CONFIGURATION = isNamedLike("[^/]*\\.(?:conf|cfg|ini|template|tmpl)")
const FOR_DOCKERFILES = /(?:^|\/)(?:docker|build|containers?|images?|deploy|packaging)(?:\/|$)/i

function isNamedLike(...patterns: string[]): RegExp {
  return new RegExp(patterns.map((pattern) => `(?:^|/)(?:${pattern})$`).join("|"), "i")
}

async function holdsNoCode(source: Directory, path: string): Promise<boolean> {
  const files = await source.directory(path).glob("**/*")
  const kinds = [NO_CODE, ...(FOR_DOCKERFILES.test(path) ? [CONFIGURATION] : [])]
  return files.every(
    (file) =>
      file.endsWith("/") ||
      kinds.some((kind) => kind.test(file)) ||
      files.some((other) => other.startsWith(`${file}/`)),
  )
}

/** The tests of the image's folder, else of the folder that gives its name, else of the whole repository. */
async function testFacts(source: Directory, { path, home }: ImageFolder): Promise<TestFacts | undefined> {
  const composed = await readNeeds(source, path)
  for (const folder of new Set([path, home, "."])) {
    for (const needs of new Set([composed, NO_NEEDS])) {
      if (await isTested(source, { path: folder, ...needs })) return { path: folder, ...needs }
    }
  }
  return undefined
}

/** Whether `test` finds tests there and can run them with these services, by the code that plans the run. */
async function isTested(source: Directory, { path, services }: TestFacts): Promise<boolean> {
  try {
    return (await planSuite(source, { paths: [path], services })).length > 0
  } catch (error) {
    if (error instanceof SlipwayError) return false
    throw error
  }
}

/** From a Compose file of the folder, else of the root. */
async function readNeeds(source: Directory, path: string): Promise<TestNeeds> {
  const places = [...new Set([path, "."])].flatMap((folder) => COMPOSE_FILES.map((name) => ({ folder, name })))
  for (const { folder, name } of places) {
    const file = posix.join(folder, name)
    if (!(await source.exists(file))) continue
    const needs = composeNeeds((await readOptionalFile(source, file)) ?? "", posix.relative(folder, path) || ".")
    if (needs.services.length) return needs
  }
  return NO_NEEDS
}

/** A folder with a Dockerfile. `name` is a name for its image, `home` the folder that gives the name. */
type ImageFolder = { name: string; path: string; home: string; dockerfile: string }

/** The folders of several services; none if a Dockerfile at the root may build all of them. */
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

/** Folder names that do not name the image: api/src is the api. */
const GENERIC = /^(?:src|source|docker|build|container|image|deploy|packaging)$/i

function homeOf(path: string): string {
  return path.includes("/") && GENERIC.test(basename(path)) ? homeOf(dirname(path)) : path
}

/** The repository's one image, from its first Dockerfile. */
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

/** The paths that a Dockerfile copies from its build context, without patterns, variables, URLs and other stages. */
export function copiedPaths(dockerfile: string): string[] {
  const named = sources(dockerfile).filter((path) => !/[*?$[\]<]|:\/\//.test(path))
  return [...new Set(named.map(withoutStart).filter((path) => path !== "" && path !== "."))]
}

/** Whether a Dockerfile copies its whole build context. */
export function copiesAll(dockerfile: string): boolean {
  return sources(dockerfile).some((path) => ["", ".", "*"].includes(withoutStart(path)))
}

function sources(dockerfile: string): string[] {
  const instructions = readInstructions(dockerfile).filter(({ keyword }) => keyword === "COPY" || keyword === "ADD")
  const local = instructions.filter(({ flags }) => !flags.some((flag) => flag.startsWith("from=")))
  return local.flatMap(({ text }) => words(text).slice(0, -1))
}

function withoutStart(path: string): string {
  return path.replace(/^\.?\/+/, "")
}

/** Both forms: COPY a b /to, and COPY ["a", "b", "/to"]. */
function words(text: string): string[] {
  if (!text.startsWith("[")) return text.split("\n", 1)[0]?.split(/\s+/) ?? []
  return [...text.matchAll(/"([^"]*)"/g)].map(([, word]) => word ?? "")
}
