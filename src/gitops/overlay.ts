import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { type BuildChange, parseRendered } from "./build-change.ts"
import { runTool } from "./exec.ts"
import { lastWords } from "./git-failure.ts"
import type { ImageName } from "./image-name.ts"
import { buildArgs, setImageArgs } from "./kustomize-args.ts"
import { KUSTOMIZATION_GLOB, localParts, overlaysIn, parseKustomization, requireOverlay } from "./overlay-file.ts"
import { judgeOverlay } from "./overlay-verdict.ts"
import type { OverlayChange } from "./request.ts"

const TREE = "/slipway/tree"

/** What an edit of one overlay comes to: its file's new text, what changes in the manifests, and what was read for it. */
export type EditedOverlay = { file: string; text: string; changes: BuildChange[]; reads: string[] }

/** kustomize edits, and two builds tell whether that did what was meant. No credential is in this container. */
export async function editOverlay(
  tree: Directory,
  { path, images }: OverlayChange,
  kustomizeImage: string,
): Promise<EditedOverlay> {
  const overlays = overlaysIn(await tree.glob(KUSTOMIZATION_GLOB))
  const file = requireOverlay(overlays, path)
  const container = dag.container().from(kustomizeImage).withMountedDirectory(TREE, tree)
  const edited = container.withWorkdir(`${TREE}/${path}`).withExec(setImageArgs(images)).withWorkdir(TREE)
  const [old, before] = await Promise.all([tree.file(file).contents(), build(container.withWorkdir(TREE), path)])
  const [text, after, reads] = await Promise.all([
    edited.file(`${TREE}/${file}`).contents(),
    build(edited, path),
    directoriesOf(tree, path, overlays),
  ])
  const { images: entries } = parseKustomization(old, file)
  const knownAs = new Map(images.map(({ image }) => [image, newNames(entries, image)]))
  const changes = judgeOverlay(
    { path, before: parseRendered(before), after: parseRendered(after) },
    { changes: images, knownAs },
  )
  return { file, text: changes.length > 0 ? text : old, changes, reads }
}

/** The overlay's directory and all that it is built from; a directory without a kustomization is read as it is. */
async function directoriesOf(tree: Directory, path: string, overlays: Map<string, string>): Promise<string[]> {
  const found = new Set<string>()
  const visit = async (directory: string): Promise<void> => {
    if (found.has(directory)) return
    found.add(directory)
    const file = overlays.get(directory)
    if (!file) return
    const parts = localParts(parseKustomization(await tree.file(file).contents(), file), directory)
    await Promise.all(parts.map(visit))
  }
  await visit(path)
  return [...found]
}

async function build(container: Container, path: string): Promise<string> {
  const answer = await runTool(container, buildArgs(path))
  if (answer.exitCode === 0) return answer.stdout
  throw new SlipwayError("OVERLAY_INVALID", {
    expected: `${path} to build with kustomize`,
    got: lastWords(answer.stderr),
    fix: "Run kustomize build on it and mend what it says. Nothing was pushed.",
  })
}

function newNames(entries: { name: string; newName?: string }[], image: ImageName): string[] {
  return entries.flatMap(({ name, newName }) => (name === image && newName ? [newName] : []))
}
