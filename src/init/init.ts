import { type Directory, dag } from "@dagger.io/dagger"
import { SETTINGS_FILE } from "../config/settings-file.ts"
import { readRevision } from "../config/source-revision.ts"
import { SlipwayError } from "../error.ts"
import { chooseCi, ciFile } from "./ci-system.ts"
import { overlayFolders } from "./overlay-folders.ts"
import { renderStarter } from "./starter.ts"

export type InitOptions = { ci?: string; module: string; gitImage: string }

/** The files to begin with, and only those: nothing that the source has already is written over. */
export async function initFiles(source: Directory, { ci, module, gitImage }: InitOptions): Promise<Directory> {
  const [entries, dockerfiles, kustomizations, revision] = await Promise.all([
    source.entries(),
    source.glob("**/*Dockerfile*"),
    source.glob("**/kustomization.y*ml"),
    readRevision(source, gitImage),
  ])
  const remote = revision?.url
  const texts = kustomizations.map(async (path) => ({ path, text: await source.file(path).contents() }))
  const overlays = overlayFolders(await Promise.all(texts))
  const own = dockerfiles.filter((path) => !/(^|\/)node_modules\/|\.dockerignore$/.test(path)).sort(shallowFirst)
  const facts = { dockerfiles: own, hasDockerignore: entries.includes(".dockerignore"), overlays, remote }
  const files = [
    { path: SETTINGS_FILE, text: renderStarter(facts) },
    ...[ciFile(chooseCi(ci, { entries, remote }), module)].flatMap((file) => file ?? []),
  ]
  await Promise.all(files.map(({ path }) => requireAbsent(source, path)))
  return files.reduce((folder, { path, text }) => folder.withNewFile(path, text), dag.directory())
}

function shallowFirst(a: string, b: string): number {
  return a.split("/").length - b.split("/").length || a.localeCompare(b)
}

async function requireAbsent(source: Directory, path: string): Promise<void> {
  if (!(await source.exists(path))) return
  throw new SlipwayError("OPTIONS_INVALID", {
    expected: `a source without ${path}`,
    got: "one that has it",
    fix: "Move it away first, or pass --ci=none if it is the CI's file: init never writes over what is there.",
  })
}
