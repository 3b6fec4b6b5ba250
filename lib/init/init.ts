import { dirname } from "node:path/posix"
import { type Directory, dag } from "@dagger.io/dagger"
import { parse } from "yaml"
import { readRevision } from "../config/checkout.ts"
import { MOST_ALIASES, readOptionalFile } from "../config/file.ts"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { findDockerfiles, isShipped } from "../dockerfile/location.ts"
import { SlipwayError } from "../error.ts"
import { CI_FILES, type CiFile, type CiFiles, chooseCi, ciFile, scheduledFile } from "./ci-system.ts"
import { imageFacts, onlyFolder, serviceFolders } from "./image-facts.ts"
import { hasPreviews, previewFile } from "./preview.ts"
import { chooseSigning, type Signing } from "./signing.ts"
import { type RepositoryFacts, renderStarter } from "./starter.ts"

type InitOptions = { ci?: string; module: string; signing?: Signing; gitImage: string }

/** The new files only: init overwrites no file of the source. With previews in an existing slipway.yaml, it is their CI file. */
export async function initFiles(source: Directory, options: InitOptions): Promise<Directory> {
  const files = await planFiles(source, options)
  return files.reduce((folder, { path, text }) => folder.withNewFile(path, text), dag.directory())
}

/** The files to write; an error if one of them exists. */
export async function planFiles(
  source: Directory,
  { ci, module, signing: chosen, gitImage }: InitOptions,
): Promise<CiFile[]> {
  const [entries, present, facts] = await Promise.all([
    source.entries(),
    readPresent(source),
    readFacts(source, gitImage),
  ])
  const system = chooseCi(ci, { entries, remote: facts.remote })
  const signing = chooseSigning(chosen, { system, remote: facts.remote })
  const preview = (await setsPreviews(source)) && previewFile(system, { module, signing })
  const job = ciFile(system, { module, signing, present })
  const scheduled = job && scheduledFile(system, { module, signing, present, shipping: job.path })
  const jobs = [job, scheduled].filter((file) => file !== undefined)
  const notes = jobs.flatMap(({ note }) => note ?? [])
  const starter = { path: SETTINGS_FILE, text: renderStarter({ ...facts, signing, notes }) }
  const files = preview ? [preview] : [starter, ...jobs]
  await Promise.all(files.map(({ path }) => requireAbsent(source, path)))
  return files
}

async function setsPreviews(source: Directory): Promise<boolean> {
  if (!(await source.exists(SETTINGS_FILE))) return false
  return hasPreviews((await readOptionalFile(source, SETTINGS_FILE)) ?? "")
}

async function readPresent(source: Directory): Promise<CiFiles> {
  const found = await Promise.all(CI_FILES.map(async (path) => ((await source.exists(path)) ? [path] : [])))
  const texts = found.flat().map(async (path) => [path, (await readOptionalFile(source, path)) ?? ""] as const)
  return Object.fromEntries(await Promise.all(texts))
}

async function readFacts(source: Directory, gitImage: string): Promise<Omit<RepositoryFacts, "signing">> {
  const [dockerfiles, overlays, charts, hasDockerignore, revision] = await Promise.all([
    findDockerfiles(source),
    readOverlays(source),
    source.glob("**/Chart.yaml"),
    source.exists(".dockerignore"),
    readRevision(source, gitImage),
  ])
  const services = serviceFolders(dockerfiles)
  const [first = onlyFolder(dockerfiles), ...others] = services
  const images: RepositoryFacts["images"] = [
    await imageFacts(source, first),
    ...(await Promise.all(others.map((folder) => imageFacts(source, folder)))),
  ]
  const values = charts.filter(isShipped).map((path) => path.replace(/Chart\.yaml$/, "values.yaml"))
  return { images, dockerfiles, hasDockerignore, overlays, charts: values, remote: revision?.url }
}

async function readOverlays(source: Directory): Promise<string[]> {
  const kustomizations = (await source.glob("**/kustomization.y*ml")).filter(isShipped)
  const texts = kustomizations.map(async (path) => ({ path, text: await readOptionalFile(source, path) }))
  return overlayFolders(
    (await Promise.all(texts)).flatMap(({ path, text }) => (text === undefined ? [] : [{ path, text }])),
  )
}

async function requireAbsent(source: Directory, path: string): Promise<void> {
  if (!(await source.exists(path))) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a source without ${path}`,
    got: "one that has it",
    fix: "Move the file away, or pass --ci=NONE if it is the CI file: init never overwrites a file.",
  })
}

/** The folders whose kustomization refers to another folder, which makes it an overlay. */
export function overlayFolders(kustomizations: { path: string; text: string }[]): string[] {
  return kustomizations.flatMap(({ path, text }) => (buildsOnFolder(text) ? [dirname(path)] : [])).sort()
}

function buildsOnFolder(text: string): boolean {
  const resources = readResources(text)
  return resources.some((resource) => typeof resource === "string" && /^\.\.\//.test(resource))
}

/** Nothing for a file that is not YAML: init only makes suggestions. */
function readResources(text: string): unknown[] {
  try {
    const { resources = [], bases = [] } = parse(text, { maxAliasCount: MOST_ALIASES }) ?? {}
    return [resources, bases].flat()
  } catch {
    return []
  }
}
