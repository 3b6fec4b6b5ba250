import type { Directory } from "@dagger.io/dagger"
import { type EditedFile, editFile, requireLasting } from "./file-edit.ts"
import { type EditedOverlay, type EditTools, editOverlay } from "./overlay.ts"
import { type BumpChange, byFile } from "./request.ts"

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
