import type { Directory } from "@dagger.io/dagger"
import { type EditedFile, editFile } from "./file-edit.ts"
import { editOverlay } from "./overlay.ts"
import { type BumpChange, byFile } from "./request.ts"

/** All changes on one tree, side by side; several of the same file one after the other, each on what is left before. */
export async function editChanges(tree: Directory, changes: BumpChange[], image: string): Promise<EditedFile[]> {
  const edited = await Promise.all(byFile(changes).map((group) => editGroup(tree, group, image)))
  return edited.flat()
}

async function editGroup(tree: Directory, group: BumpChange[], image: string): Promise<EditedFile[]> {
  const edited: EditedFile[] = []
  for (const change of group) {
    if (change.kind === "file") edited.push(await editFile(tree, change, edited.at(-1)?.text))
    else edited.push({ notes: [], ...(await editOverlay(tree, change, image)) })
  }
  return edited
}
