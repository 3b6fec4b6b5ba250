import { posix } from "node:path"
import type { Directory } from "@dagger.io/dagger"
import { readOptionalFile } from "../config/file.ts"
import { SlipwayError } from "../error.ts"
import { planSuite } from "../test/suite.ts"
import { type Beside, composeBeside, NOTHING_BESIDE } from "./compose.ts"
import { copiedPaths, copiesAll } from "./copied-paths.ts"
import type { ImageFolder } from "./images.ts"
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
const NO_CODE = named(
  "[^/]*Dockerfile[^/]*|(?:docker-)?compose[^/]*\\.ya?ml",
  "[^/]*\\.(?:dockerignore|gitignore|sh|bash|ps1|bat|cmd|env|md)|\\.env[^/]*",
  // Scripts and notes often have no ending, and what starts an image may be a script of any language.
  "(?!Gemfile$|Pipfile$|Procfile$|Rakefile$)[^/.]+",
  "(?:start|entry-?point|docker-entry-?point|health-?check|wait-for[^/.]*)\\.(?:py|js|mjs|rb|pl|php)",
)
/** An image of a proxy or a database may be made of its configuration alone, unless its folder is called as one of Dockerfiles. */
const CONFIGURATION = named("[^/]*\\.(?:conf|cfg|ini|template|tmpl)")
const FOR_DOCKERFILES = /(?:^|\/)(?:docker|build|containers?|images?|deploy|packaging)(?:\/|$)/i

function named(...patterns: string[]): RegExp {
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
  const beside = await readBeside(source, path)
  for (const folder of new Set([path, home, "."])) {
    for (const needs of new Set([beside, NOTHING_BESIDE])) {
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
async function readBeside(source: Directory, path: string): Promise<Beside> {
  const places = [...new Set([path, "."])].flatMap((folder) => COMPOSE_FILES.map((name) => ({ folder, name })))
  for (const { folder, name } of places) {
    const file = posix.join(folder, name)
    if (!(await source.exists(file))) continue
    const beside = composeBeside((await readOptionalFile(source, file)) ?? "", posix.relative(folder, path) || ".")
    if (beside.services.length) return beside
  }
  return NOTHING_BESIDE
}
