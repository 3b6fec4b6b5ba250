import { blocksOf, type Document } from "./documents.ts"

/** What a reader does on a page, one block after the other in the same shell; `output` is what a run is said to print. */
export type Step = Run | { kind: "file"; at: string; path: string; text: string }
/** `folder` is where the shell goes first: `.`, this checkout, or a copy of an example with a git history of its own. */
export type Run = { kind: "run"; at: string; commands: string; folder?: string; output?: string }

const MARKER = /^(?:(?<run>run)(?: in (?<folder>\.|examples\/[\w-]+))?|file (?<path>\S+))$/

/** The marked blocks of a page: `<!-- run -->`, `<!-- run in FOLDER -->` or `<!-- file PATH -->` stands above each. */
export function stepsOf(document: Document): Step[] {
  const blocks = blocksOf(document)
  return blocks.flatMap(({ marker, language, text, at }, index): Step[] => {
    if (marker === undefined) return []
    const { run, folder, path } = MARKER.exec(marker)?.groups ?? {}
    if (path) return [{ kind: "file", at, path, text }]
    if (!run || language !== "sh")
      throw new Error(`${at}: expected "run" above a block of sh or "file", got: ${marker}`)
    const next = blocks[index + 1]
    const output = next?.language === "text" ? { output: next.text } : {}
    return [{ kind: "run", at, commands: text, ...(folder && { folder }), ...output }]
  })
}
