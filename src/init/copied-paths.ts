import { readInstructions } from "../dockerfile/instructions.ts"

/** What a Dockerfile takes out of its build context, as far as it is named: no patterns, variables, URLs or other stages. */
export function copiedPaths(dockerfile: string): string[] {
  const instructions = readInstructions(dockerfile).filter(({ keyword }) => keyword === "COPY" || keyword === "ADD")
  const local = instructions.filter(({ flags }) => !flags.some((flag) => flag.startsWith("from=")))
  const sources = local.flatMap(({ text }) => words(text).slice(0, -1))
  const named = sources.filter((path) => !/[*?$[\]<]|:\/\//.test(path)).map((path) => path.replace(/^\.?\/+/, ""))
  return [...new Set(named.filter((path) => path !== "" && path !== "."))]
}

/** Both forms: COPY a b /to, and COPY ["a", "b", "/to"]. */
function words(text: string): string[] {
  if (!text.startsWith("[")) return text.split("\n", 1)[0]?.split(/\s+/) ?? []
  return [...text.matchAll(/"([^"]*)"/g)].map(([, word]) => word ?? "")
}
