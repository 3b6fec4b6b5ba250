import type { Directory } from "@dagger.io/dagger"
import { fillNumber } from "../../config/preview-settings.ts"
import { SlipwayError } from "../../error.ts"
import { type FileText, readText } from "../file-text.ts"
import type { OverlayTemplate, RepositoryPath } from "../request.ts"
import { KUSTOMIZATION_GLOB, overlaysIn } from "./kustomize.ts"

/** Longer templates are probably a folder that was not meant. */
const MOST_FILES = 200

/** The files of a new overlay; none if it exists, or without a template. */
export async function filesFromTemplate(
  tree: Directory,
  { path, template }: { path: RepositoryPath; template?: OverlayTemplate },
  image: string,
): Promise<Map<string, FileText>> {
  if (!template || (await tree.exists(path))) return new Map()
  const overlays = overlaysIn(await tree.glob(KUSTOMIZATION_GLOB))
  if (!overlays.has(template.path)) throw noTemplate(template.path, [...overlays.keys()])
  const found = await tree.directory(template.path).glob("**/*")
  const files = found.filter((file) => !file.endsWith("/"))
  if (files.length > MOST_FILES) throw tooLarge(template.path, files.length)
  const read = files.map(async (file) => {
    const content = await readText(tree, `${template.path}/${file}`, image)
    return [`${path}/${file}`, { ...content, text: fillNumber(content.text, template.number) }] as const
  })
  return new Map(await Promise.all(read))
}

/** The tree with the new files, for edits on top of them. */
export function withFiles(tree: Directory, files: Map<string, FileText>): Directory {
  return [...files].reduce((all, [path, { text }]) => all.withNewFile(path, text), tree)
}

function noTemplate(path: string, others: string[]): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `a kustomization.yaml in ${path}, the template of new overlays`,
    got: "none",
    fix: others.length
      ? `Set preview.gitops.template to an overlay of the repository: ${others.slice(0, 20).join(", ")}.`
      : "Check the repository and its branch, which has no kustomization.yaml.",
  })
}

function tooLarge(path: string, count: number): SlipwayError {
  return new SlipwayError("OVERLAY_INVALID", {
    expected: `at most ${MOST_FILES} files in ${path}, the template of new overlays`,
    got: String(count),
    fix: "Keep what all previews share in a base, to which the template refers.",
  })
}
