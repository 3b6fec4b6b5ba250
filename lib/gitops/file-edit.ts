import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import { applyArgoHelm, applyArgoKustomize } from "./edit/argocd.ts"
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

/** Applies an edit. The same edit on its own result changes nothing. Errors list what the file does have. */
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
  }
}

/** What the edits of one file come to: its new text, the values that differ, what people should know, and what was read. */
type EditedFile = { file: string; content: FileText; changes: BuildChange[]; notes: string[]; reads: string[] }

/** One edit after the other, each on the text that the one before left; `content` is what an earlier change left. */
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

/** The edits alone. The digest is in the file afterwards, where they address it, or there is an error. */
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

/** What one edit wrote must still stand there after all the others: applied again, none of them has anything to do. */
function requireLasting(
  { text }: FileText,
  { path, edits, image }: Pick<FileChange, "path" | "edits" | "image">,
): void {
  const undone = edits.find((edit) => applyEdit(text, { ...edit, image }).text !== text)
  if (!undone) return
  throw new SlipwayError("EDIT_INVALID", {
    expected: `edits of ${path} that each have a value of their own`,
    got: `one value that two of them write, the first for ${image.image}`,
    fix: "Address different values, or leave one of the edits out.",
  })
}

function notPinned(path: string): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: `an edit of a value in ${path} that can hold the digest`,
    got: "the repository or the tag alone",
    fix: "Name the value of the tag or digest as well (yaml:image.tag, env:IMAGE_TAG), or all of the image at once (helm:image). If the value is the whole reference in spite of the tag beside it, say so: yaml:image=ref, env:IMAGE=ref.",
  })
}

async function noFile(tree: Directory, path: string): Promise<SlipwayError> {
  const files = (await tree.glob("**/*")).filter((name) => /\.(?:ya?ml|json|env)$/.test(name))
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file at ${path} in the GitOps repository`,
    got: "none",
    fix: `There are: ${files.slice(0, 20).join(", ") || "no YAML, JSON or .env files"}.`,
  })
}

/** All changes on one tree, side by side; several of the same file one after the other, each on what is left before. */
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
  // Each holds what was left before it, so the last one's text is that of the file.
  return content && files.length > 1 ? edited.map((one) => ({ ...one, content })) : edited
}
