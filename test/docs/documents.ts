import { existsSync, readdirSync, readFileSync } from "node:fs"
import { ROOT } from "./reference.ts"

/** A comment above a block, which readers do not see, marks what a test does with it. */
export type Block = { language: string; text: string; at: string; marker?: string }
export type Document = { path: string; text: string }

/** What people read: README, the files next to it, docs/, and the README of each example. */
export function documents(): Document[] {
  const root = readdirSync(ROOT).filter((name) => name.endsWith(".md"))
  const docs = readdirSync(new URL("docs", ROOT), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`)
  const examples = readdirSync(new URL("examples", ROOT))
    .map((name) => `examples/${name}/README.md`)
    .filter((path) => existsSync(new URL(path, ROOT)))
  return [...root, ...docs, ...examples]
    .sort()
    .map((path) => ({ path, text: readFileSync(new URL(path, ROOT), "utf8") }))
}

/** The fenced blocks, each with the file and line where it begins. */
export function blocksOf({ path, text }: Document): Block[] {
  const fences = text.matchAll(/(?:^<!-- (.+?) -->\n\n?)?^```(\w*)\n(.*?)^```$/gms)
  return [...fences].map(({ 1: marker, 2: language = "", 3: block = "", index }) => ({
    language,
    text: block,
    at: `${path}:${lineOf(text, index)}`,
    ...(marker && { marker }),
  }))
}

/** Code within a line, outside of fenced blocks. */
export function inlineCode({ path, text }: Document): { text: string; at: string }[] {
  const outside = text.replace(/^```.*?^```$/gms, (block) => block.replace(/[^\n]/g, ""))
  return [...outside.matchAll(/`([^`]+)`/g)].map(({ 1: code = "", index }) => ({
    text: code.replaceAll("\n", " "),
    at: `${path}:${lineOf(outside, index)}`,
  }))
}

/** Targets of links within the repository. */
export function linksOf({ text }: Document): string[] {
  return [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, target]) => target ?? "")
}

/** The names by which GitHub links to headings. */
export function anchorsOf({ text }: Document): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  )
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length
}
