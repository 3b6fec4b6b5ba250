import { type Directory, dag } from "@dagger.io/dagger"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { readRevision } from "../config/source-revision.ts"
import { SlipwayError } from "../error.ts"
import { chooseCi, ciFile } from "./ci-system.ts"
import { imageFacts } from "./image-facts.ts"
import { onlyFolder, ownDockerfiles, serviceFolders } from "./images.ts"
import { overlayFolders } from "./overlay-folders.ts"
import { type RepositoryFacts, renderStarter } from "./starter.ts"

export type InitOptions = { ci?: string; module: string; gitImage: string }

/** The files to begin with, and only those: nothing that the source has already is written over. */
export async function initFiles(source: Directory, { ci, module, gitImage }: InitOptions): Promise<Directory> {
  const [entries, facts] = await Promise.all([source.entries(), readFacts(source, gitImage)])
  const files = [
    { path: SETTINGS_FILE, text: renderStarter(facts) },
    ...[ciFile(chooseCi(ci, { entries, remote: facts.remote }), module)].flatMap((file) => file ?? []),
  ]
  await Promise.all(files.map(({ path }) => requireAbsent(source, path)))
  return files.reduce((folder, { path, text }) => folder.withNewFile(path, text), dag.directory())
}

async function readFacts(source: Directory, gitImage: string): Promise<RepositoryFacts> {
  const [found, overlays, charts, hasDockerignore, revision] = await Promise.all([
    source.glob("**/*Dockerfile*"),
    readOverlays(source),
    source.glob("**/Chart.yaml"),
    source.exists(".dockerignore"),
    readRevision(source, gitImage),
  ])
  const dockerfiles = ownDockerfiles(found)
  const services = serviceFolders(dockerfiles)
  const [first = onlyFolder(dockerfiles), ...others] = services
  const images: RepositoryFacts["images"] = [
    await imageFacts(source, first),
    ...(await Promise.all(others.map((folder) => imageFacts(source, folder)))),
  ]
  const values = charts.map((path) => path.replace(/Chart\.yaml$/, "values.yaml"))
  return { images, dockerfiles, hasDockerignore, overlays, charts: values, remote: revision?.url }
}

async function readOverlays(source: Directory): Promise<string[]> {
  const kustomizations = await source.glob("**/kustomization.y*ml")
  const texts = kustomizations.map(async (path) => ({ path, text: await source.file(path).contents() }))
  return overlayFolders(await Promise.all(texts))
}

async function requireAbsent(source: Directory, path: string): Promise<void> {
  if (!(await source.exists(path))) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a source without ${path}`,
    got: "one that has it",
    fix: "Move it away first, or pass --ci=none if it is the CI's file: init never writes over what is there.",
  })
}
