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
import { filesFromTemplate, withFiles } from "./template.ts"
import { type BuildChange, type ImageChange, judgeOverlay, parseManifests, unreachedNotes } from "./verdict.ts"

const TREE = "/slipway/tree"

/** kustomize's image, and the deadline of its builds in milliseconds since 1970. */
export type EditTools = { image: string; deadline?: number }

/** The result of an overlay's edit: its file's new text, the changes in the manifests, notes, and the paths that were read. */
export type EditedOverlay = {
  file: string
  content: FileText
  changes: BuildChange[]
  notes: string[]
  reads: string[]
  /** The files of an overlay that the branch does not have yet, before the edit. */
  added: Map<string, FileText>
}

/**
 * Edits the overlay's entry in place, and compares kustomize's builds before and after to verify the effect. The builds
 * fetch remote bases, so they have a deadline.
 */
export async function editOverlay(
  branch: Directory,
  { path, images, options = [], ...change }: OverlayChange,
  { image: kustomizeImage, deadline }: EditTools,
): Promise<EditedOverlay> {
  const added = await filesFromTemplate(branch, { path, ...change }, kustomizeImage)
  const tree = withFiles(branch, added)
  const overlays = overlaysIn(await tree.glob(KUSTOMIZATION_GLOB))
  const file = requireOverlay(overlays, path)
  const old = await readText(tree, file, kustomizeImage)
  const { text, notes } = setImages(old.text, images)
  const content = { ...old, text }
  const reader = overlayReader(tree, overlays)
  const roots = buildableFrom(path, await reader.partsOfAll(path))
  // This container has no credentials.
  const container = dag.container().from(kustomizeImage).withMountedDirectory(TREE, tree).withWorkdir(TREE)
  const edited = withTexts(container, TREE, new Map([[file, content]]))
  const [before, after, ...reads] = await Promise.all([
    buildAll(container, { roots, options, deadline }),
    buildAll(edited, { roots, options, deadline }),
    ...roots.map((root) => reader.directoriesOf(root)),
  ])
  const { images: entries } = parseKustomization(old.text, file)
  const knownAs = new Map(images.map(({ image }) => [image, namesOf(entries, image)]))
  const intended = { changes: images, knownAs }
  const changes = judgeOverlay({ path, before, after }, intended)
  return {
    file,
    content: changes.length > 0 ? content : old,
    changes,
    notes: [...notes, ...unreachedNotes({ before, after }, intended)],
    reads: [...new Set(reads.flat())],
    added,
  }
}

/** Sets the images in turn, each in the previous result. */
function setImages(text: string, images: ImageChange[]): { text: string; notes: string[] } {
  return images.reduce(
    (before, change) => {
      const edited = setKustomizeImage(before.text, { name: change.image, image: change })
      return { text: edited.text, notes: [...before.notes, ...edited.notes] }
    },
    { text, notes: [] as string[] },
  )
}

/** Reads each kustomization once; a dangling symbolic link counts as an empty one. */
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
  /** The overlay's directory and those of all its parts, also those without a kustomization. */
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
  /** A component builds only as a part of overlays, so it needs the parts of all; any other path needs its own. */
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

/** Keeps the same object of several builds apart; the first build, usually the only one, has no prefix. */
function prefixed(key: string, build: number): string {
  return build === 0 ? key : `(${build + 1}) ${key}`
}

async function build(
  container: Container,
  { path, options, deadline }: BuildLimits & { path: string },
): Promise<string> {
  const result = await runInTime(container, buildArgs(path, options), deadline)
  if (result.exitCode === 0) return result.stdout
  throw buildFailure(path, result.stderr)
}

/** The image's possible names in the manifests: the entry's name and its newName. */
function namesOf(entries: { name: string; newName?: string }[], image: string): string[] {
  const own = entries.filter(({ name }) => name === image)
  const found = own.length ? own : entries.filter(({ newName }) => newName === image)
  return found.flatMap(({ name, newName }) => [name, ...(newName ? [newName] : [])])
}
