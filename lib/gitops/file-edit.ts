import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { applyArgoHelm, applyArgoKustomize } from "./edit/argocd.ts"
import { applyChart } from "./edit/chart.ts"
import { applyDotenv } from "./edit/dotenv.ts"
import type { Edit, EditResult } from "./edit/edit.ts"
import { applyFlux } from "./edit/flux.ts"
import { applyHelm, applyHelmRelease } from "./edit/helm.ts"
import { applyKustomize } from "./edit/kustomization.ts"
import { requireTag } from "./edit/new-image.ts"
import { applyYaml } from "./edit/yaml-value.ts"
import { type FileText, readText } from "./file-text.ts"
import { type EditedOverlay, type EditTools, editOverlay } from "./overlay/overlay-edit.ts"
import type { BuildChange } from "./overlay/verdict.ts"
import { type BumpChange, byFile, type FileChange } from "./request.ts"

/** Applies an edit; applied to its result, it changes nothing. Errors list what the file contains. */
export function applyEdit(text: string, edit: Edit): EditResult {
  if (edit.image.tag !== undefined) requireTag(edit.image.tag)
  switch (edit.kind) {
    case "yaml":
    case "json":
      return applyYaml(text, edit)
    case "env":
      return applyDotenv(text, edit)
    case "helm":
      return applyHelm(text, edit)
    case "helmrelease":
      return applyHelmRelease(text, edit)
    case "argocd-helm":
      return applyArgoHelm(text, edit)
    case "argocd-kustomize":
      return applyArgoKustomize(text, edit)
    case "kustomize":
      return applyKustomize(text, edit)
    case "flux":
      return applyFlux(text, edit)
    case "chart":
      return applyChart(text, edit)
  }
}

/** The result of a file's edits: its new text, the changed values, notes for people, and the paths that were read. */
type EditedFile = {
  file: string
  content: FileText
  changes: BuildChange[]
  notes: string[]
  reads: string[]
  /** The files of a new overlay. */
  added?: Map<string, FileText>
}

/** Applies the edits in turn, each to the previous result; `content` is the result of an earlier change. */
export async function editFile(
  tree: Directory,
  change: FileChange,
  { image, content }: { image: string; content?: FileText },
): Promise<EditedFile> {
  const { path } = change
  if (!content && !(await tree.exists(path))) throw await noFile(tree, path)
  const before = content ?? (await readText(tree, path, image))
  return { file: path, reads: [path], ...editContent(before, change) }
}

/** Applies the edits and guarantees that a value which they address holds the digest afterwards. */
export function editContent(
  before: FileText,
  { path, edits, image }: Pick<FileChange, "path" | "edits" | "image">,
): Pick<EditedFile, "content" | "changes" | "notes"> {
  const done = { text: before.text, changes: [] as BuildChange[], notes: [] as string[], pinned: false }
  for (const edit of edits) {
    const { text, changes, notes, pinned } = applyEdit(done.text, { ...edit, image })
    done.text = text
    done.pinned ||= pinned
    done.notes.push(...notes)
    for (const change of changes) {
      done.changes.push({ object: path, field: change.path, from: change.before, to: change.after })
    }
  }
  if (!done.pinned) throw notPinned(path)
  const content = { ...before, text: done.text }
  if (edits.length > 1) requireLasting(content, { path, edits, image })
  return { content, changes: done.changes, notes: done.notes }
}

/** Refuses edits that overwrite each other: applied again, each of them must change nothing. */
function requireLasting(
  { text }: FileText,
  { path, edits, image }: Pick<FileChange, "path" | "edits" | "image">,
): void {
  const undone = edits.find((edit) => applyEdit(text, { ...edit, image }).text !== text)
  if (!undone) return
  throw new SlipwayError("EDIT_INVALID", {
    expected: `edits of ${path} that address different values`,
    got: `two edits of one value, the first for ${image.image}`,
    fix: "Remove one of the --edits, or address another value with it.",
  })
}

function notPinned(path: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `an edit of a value in ${path} that can hold the digest`,
    got: "edits of the repository or the tag alone",
    fix: "Add to --edits the value of the tag or digest (yaml:image.tag, env:IMAGE_TAG), or address the whole image (helm:image). If the value is a whole reference although a tag follows in another key, append =ref: yaml:image=ref, env:IMAGE=ref.",
  })
}

async function noFile(tree: Directory, path: string): Promise<SlipwayError> {
  const files = (await tree.glob("**/*")).filter((name) => /\.(?:ya?ml|json|env)$/.test(name))
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file at ${path} in the GitOps repository`,
    got: "none",
    fix: files.length
      ? `Set --path to a file of the repository: ${files.slice(0, 20).join(", ")}.`
      : "Check --repo and --branch: the branch has no YAML, JSON or .env files.",
  })
}

/** Applies all changes to one tree: those of different files in parallel, those of one file in turn. */
export async function editChanges(tree: Directory, changes: BumpChange[], tools: EditTools): Promise<EditedFile[]> {
  const edited = await Promise.all(byFile(changes).map((group) => editGroup(tree, group, tools)))
  return edited.flat()
}

async function editGroup(
  tree: Directory,
  group: BumpChange[],
  tools: EditTools,
): Promise<(EditedFile | EditedOverlay)[]> {
  const edited: EditedFile[] = []
  for (const change of group) {
    if (change.kind === "overlay") edited.push(await editOverlay(tree, change, tools))
    else edited.push(await editFile(tree, change, { image: tools.image, content: edited.at(-1)?.content }))
  }
  const files = group.filter((change) => change.kind === "file")
  const content = edited.at(-1)?.content
  if (content && files.length > 1) for (const change of files) requireLasting(content, change)
  // Each change builds on the previous one, so the last text is the file's.
  return content && files.length > 1 ? edited.map((one) => ({ ...one, content })) : edited
}
