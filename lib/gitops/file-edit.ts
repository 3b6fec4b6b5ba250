import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { BuildChange } from "./build-change.ts"
import { applyEdit } from "./edit/apply.ts"
import { readText } from "./file-text.ts"
import type { FileChange } from "./request.ts"
import type { FileText } from "./text-encoding.ts"

/** What the edits of one file come to: its new text, the values that differ, what people should know, and what was read. */
export type EditedFile = { file: string; content: FileText; changes: BuildChange[]; notes: string[]; reads: string[] }

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
export function requireLasting(
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
