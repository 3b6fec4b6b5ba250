import { type Container, type Directory, dag } from "@dagger.io/dagger"
import { readOptionalFile } from "../../config/file.ts"
import { setKustomizeImage } from "../edit/kustomization.ts"
import { type FileText, readText, withTexts } from "../file-text.ts"
import { runInTime } from "../git/exec.ts"
import type { OverlayChange } from "../request.ts"
import {
  buildArgs,
  buildableFrom,
  buildFailure,
  KUSTOMIZATION_GLOB,
  localParts,
  type OverlayFile,
  overlaysIn,
  parseKustomization,
  requireOverlay,
} from "./kustomize.ts"
import { type BuildChange, type ImageChange, judgeOverlay, parseManifests, unreachedNotes } from "./verdict.ts"

const TREE = "/slipway/tree"

/** kustomize's image, and until when its builds may take, in milliseconds since 1970. */
export type EditTools = { image: string; deadline?: number }

/** What an edit of one overlay comes to: its file's new text, what changes in the manifests, and what was read for it. */
export type EditedOverlay = {
  file: string
  content: FileText
  changes: BuildChange[]
  notes: string[]
  reads: string[]
}

/**
 * The entry is edited in place, and kustomize's builds before and after tell whether that did what was meant. They fetch
 * what the overlay names of other repositories, whose servers may never answer.
 */
export async function editOverlay(
  tree: Directory,
  { path, images, options = [] }: OverlayChange,
  { image: kustomizeImage, deadline }: EditTools,
): Promise<EditedOverlay> {
  const overlays = overlaysIn(await tree.glob(KUSTOMIZATION_GLOB))
  const file = requireOverlay(overlays, path)
  const old = await readText(tree, file, kustomizeImage)
  const { text, notes } = setImages(old.text, images)
  const content = { ...old, text }
  const reader = overlayReader(tree, overlays)
  const roots = buildableFrom(path, await reader.partsOfAll(path))
  // No credential is in this container.
  const container = dag.container().from(kustomizeImage).withMountedDirectory(TREE, tree).withWorkdir(TREE)
  const edited = withTexts(container, TREE, new Map([[file, content]]))
  const [before, after, ...reads] = await Promise.all([
    buildAll(container, { roots, options, deadline }),
    buildAll(edited, { roots, options, deadline }),
    ...roots.map((root) => reader.directoriesOf(root)),
  ])
  const { images: entries } = parseKustomization(old.text, file)
  const knownAs = new Map(images.map(({ image }) => [image, namesOf(entries, image)]))
  const meant = { changes: images, knownAs }
  const changes = judgeOverlay({ path, before, after }, meant)
  return {
    file,
    content: changes.length > 0 ? content : old,
    changes,
    notes: [...notes, ...unreachedNotes({ before, after }, meant)],
    reads: [...new Set(reads.flat())],
  }
}

/** Every image in turn, each on what the one before left. */
function setImages(text: string, images: ImageChange[]): { text: string; notes: string[] } {
  return images.reduce(
    (before, change) => {
      const edited = setKustomizeImage(before.text, { name: change.image, image: change })
      return { text: edited.text, notes: [...before.notes, ...edited.notes] }
    },
    { text, notes: [] as string[] },
  )
}

/** Reads each kustomization once; one that is a link to nothing is built from nothing. */
export function overlayReader(tree: Directory, overlays: Map<string, string>) {
  const files = new Map<string, Promise<OverlayFile>>()
  const read = (file: string) => {
    const reading =
      files.get(file) ?? readOptionalFile(tree, file).then((text) => parseKustomization(text ?? "{}", file))
    files.set(file, reading)
    return reading
  }
  const partsOf = async (directory: string) => {
    const file = overlays.get(directory)
    return file ? localParts(await read(file), directory) : []
  }
  /** The overlay's directory and all that it is built from; a directory without a kustomization is read as it is. */
  const directoriesOf = async (path: string): Promise<string[]> => {
    const found = new Set<string>()
    const visit = async (directory: string): Promise<void> => {
      if (found.has(directory)) return
      found.add(directory)
      await Promise.all((await partsOf(directory)).map(visit))
    }
    await visit(path)
    return [...found]
  }
  /** A component is built as a part of others alone, so those have to be known; of any other it is enough itself. */
  const partsOfAll = async (path: string) => {
    const own = overlays.get(path)
    const isComponent = own !== undefined && (await read(own)).kind === "Component"
    const directories = isComponent ? [...overlays.keys()] : [path]
    return await Promise.all(
      directories.map(async (directory) => ({
        directory,
        kind: (await read(overlays.get(directory) ?? "")).kind,
        parts: await partsOf(directory),
      })),
    )
  }
  return { directoriesOf, partsOfAll }
}

type BuildLimits = { options: string[]; deadline?: number }

async function buildAll(container: Container, { roots, ...building }: BuildLimits & { roots: string[] }) {
  const builds = await Promise.all(roots.map((root) => build(container, { path: root, ...building })))
  const named = builds.map((text, i) =>
    [...parseManifests(text)].map(([key, value]) => [prefixed(key, i), value] as const),
  )
  return new Map(named.flat())
}

/** The same object in several builds is several objects; that of the first, mostly the only one, keeps its name. */
function prefixed(key: string, build: number): string {
  return build === 0 ? key : `(${build + 1}) ${key}`
}

async function build(
  container: Container,
  { path, options, deadline }: BuildLimits & { path: string },
): Promise<string> {
  const answer = await runInTime(container, buildArgs(path, options), deadline)
  if (answer.exitCode === 0) return answer.stdout
  throw buildFailure(path, answer.stderr)
}

/** What the manifests may call the image: what the entry matches, and what it makes of that. */
function namesOf(entries: { name: string; newName?: string }[], image: string): string[] {
  const own = entries.filter(({ name }) => name === image)
  const found = own.length ? own : entries.filter(({ newName }) => newName === image)
  return found.flatMap(({ name, newName }) => [name, ...(newName ? [newName] : [])])
}
