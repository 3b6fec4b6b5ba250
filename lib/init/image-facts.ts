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

/** How an image is built and tested, by the files of its folder and of the repository's root. */
export async function imageFacts(source: Directory, folder: ImageFolder): Promise<ImageFacts> {
  const [context, tests] = await Promise.all([buildContext(source, folder), testFacts(source, folder)])
  return { ...folder, context, ...(tests && { tests }) }
}

/** A Dockerfile that copies what only the root has is built from there; any other from its own folder. */
async function buildContext(source: Directory, { path, dockerfile }: ImageFolder): Promise<string> {
  if (path === "." || !(await source.exists(dockerfile))) return "."
  const text = (await readOptionalFile(source, dockerfile)) ?? ""
  const copied = copiedPaths(text)
  const beside = await Promise.all(copied.map((name) => source.exists(posix.join(path, name))))
  if (!beside.every(Boolean)) return "."
  return copied.length === 0 && copiesAll(text) && (await holdsNoCode(source, path)) ? "." : path
}

/** What lies beside Dockerfiles in a folder of their own; "COPY . ." there means the code, which is elsewhere. */
const NO_CODE = isNamedLike(
  "[^/]*Dockerfile[^/]*|(?:docker-)?compose[^/]*\\.ya?ml",
  "[^/]*\\.(?:dockerignore|gitignore|sh|bash|ps1|bat|cmd|env|md)|\\.env[^/]*",
  // Scripts and notes often have no ending, and what starts an image may be a script of any language.
  "(?!Gemfile$|Pipfile$|Procfile$|Rakefile$)[^/.]+",
  "(?:start|entry-?point|docker-entry-?point|health-?check|wait-for[^/.]*)\\.(?:py|js|mjs|rb|pl|php)",
)
/** An image of a proxy or a database may be made of its configuration alone, unless its folder is called as one of Dockerfiles. */
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

/** The tests beside the image, or those of the folder that it is named after, or else those of the whole repository. */
async function testFacts(source: Directory, { path, home }: ImageFolder): Promise<TestFacts | undefined> {
  const beside = await readNeeds(source, path)
  for (const folder of new Set([path, home, "."])) {
    for (const needs of new Set([beside, NO_NEEDS])) {
      if (await isTested(source, { path: folder, ...needs })) return { path: folder, ...needs }
    }
  }
  return undefined
}

/** Whether what `test` recognises there can be run with these services; the same code that will run it says so. */
async function isTested(source: Directory, { path, services }: TestFacts): Promise<boolean> {
  try {
    return (await planSuite(source, { paths: [path], services })).length > 0
  } catch (error) {
    if (error instanceof SlipwayError) return false
    throw error
  }
}

/** By a Compose file of its own folder, or by that of the root. */
async function readNeeds(source: Directory, path: string): Promise<TestNeeds> {
  const places = [...new Set([path, "."])].flatMap((folder) => COMPOSE_FILES.map((name) => ({ folder, name })))
  for (const { folder, name } of places) {
    const file = posix.join(folder, name)
    if (!(await source.exists(file))) continue
    const beside = composeNeeds((await readOptionalFile(source, file)) ?? "", posix.relative(folder, path) || ".")
    if (beside.services.length) return beside
  }
  return NO_NEEDS
}

/** A folder with a Dockerfile of its own. `name` is what its image can be called, `home` the folder that is named so. */
type ImageFolder = { name: string; path: string; home: string; dockerfile: string }

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

/** What a Dockerfile takes out of its build context, as far as it is named: no patterns, variables, URLs or other stages. */
export function copiedPaths(dockerfile: string): string[] {
  const named = sources(dockerfile).filter((path) => !/[*?$[\]<]|:\/\//.test(path))
  return [...new Set(named.map(withoutStart).filter((path) => path !== "" && path !== "."))]
}

/** Whether a Dockerfile takes all of its build context. */
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
