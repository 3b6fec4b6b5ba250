import type { Directory } from "@dagger.io/dagger"
import type { BuildChange } from "./build-change.ts"
import { editFile } from "./file-edit.ts"
import { editOverlay } from "./overlay.ts"
import { type BumpChange, byFile } from "./request.ts"

/** What one change comes to on a tree: the file's new text, after all changes of that file. */
export type EditedChange = { change: BumpChange; file: string; text: string; changes: BuildChange[]; notes: string[] }

/** All changes on one tree, side by side; several of the same file one after the other, each on what is left before. */
export async function editChanges(tree: Directory, changes: BumpChange[], image: string): Promise<EditedChange[]> {
  const edited = await Promise.all(byFile(changes).map((group) => editGroup(tree, group, image)))
  return edited.flat()
}

async function editGroup(tree: Directory, group: BumpChange[], image: string): Promise<EditedChange[]> {
  const edited: EditedChange[] = []
  for (const change of group) {
    const before = edited.at(-1)?.text
    const result =
      change.kind === "file"
        ? await editFile(tree, change, before)
        : { notes: [], ...(await editOverlay(tree, change, image)) }
    edited.push({ change, ...result })
  }
  return edited
}
