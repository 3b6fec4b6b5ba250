import { readInstructions } from "../dockerfile/instructions.ts"

/** What a Dockerfile takes out of its build context, as far as it is named: no patterns, variables, URLs or other stages. */
export function copiedPaths(dockerfile: string): string[] {
  const named = sources(dockerfile).filter((path) => !/[*?$[\]<]|:\/\//.test(path))
  return [...new Set(named.map(withoutStart).filter((path) => path !== "" && path !== "."))]
}

/** Whether a Dockerfile takes all of its build context. */
export function copiesAll(dockerfile: string): boolean {
  return sources(dockerfile).some((path) => ["", ".", "*"].includes(withoutStart(path)))
}

function sources(dockerfile: string): string[] {
  const instructions = readInstructions(dockerfile).filter(({ keyword }) => keyword === "COPY" || keyword === "ADD")
  const local = instructions.filter(({ flags }) => !flags.some((flag) => flag.startsWith("from=")))
  return local.flatMap(({ text }) => words(text).slice(0, -1))
}

function withoutStart(path: string): string {
  return path.replace(/^\.?\/+/, "")
}

/** Both forms: COPY a b /to, and COPY ["a", "b", "/to"]. */
function words(text: string): string[] {
  if (!text.startsWith("[")) return text.split("\n", 1)[0]?.split(/\s+/) ?? []
  return [...text.matchAll(/"([^"]*)"/g)].map(([, word]) => word ?? "")
}
