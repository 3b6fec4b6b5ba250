import type { Directory } from "@dagger.io/dagger"
import { SlipwayError } from "../error.ts"
import type { BuildChange } from "./build-change.ts"
import { applyEdit } from "./edit/edit.ts"
import type { FileChange } from "./request.ts"

/** What the edits of one file come to: its new text, the values that differ, what people should know, and what was read. */
export type EditedFile = { file: string; text: string; changes: BuildChange[]; notes: string[]; reads: string[] }

/** One edit after the other, each on the text that the one before left; `text` is what an earlier change left. */
export async function editFile(
  tree: Directory,
  { path, edits, image }: FileChange,
  text?: string,
): Promise<EditedFile> {
  if (text === undefined && !(await tree.exists(path))) throw await noFile(tree, path)
  const done: EditedFile = {
    file: path,
    text: text ?? (await tree.file(path).contents()),
    changes: [],
    notes: [],
    reads: [path],
  }
  for (const edit of edits) {
    const { text, changes, notes } = applyEdit(done.text, { ...edit, image })
    done.text = text
    done.notes.push(...notes)
    for (const change of changes) {
      done.changes.push({ object: path, field: change.path, from: change.before, to: change.after })
    }
  }
  return done
}

async function noFile(tree: Directory, path: string): Promise<SlipwayError> {
  const files = (await tree.glob("**/*")).filter((name) => /\.(?:ya?ml|json|env)$/.test(name))
  return new SlipwayError("EDIT_INVALID", {
    expected: `a file at ${path} in the GitOps repository`,
    got: "none",
    fix: `There are: ${files.slice(0, 20).join(", ") || "no YAML, JSON or .env files"}.`,
  })
}
