/** One instruction with its continuation lines joined. `flags` are its leading --name=value words, without the dashes. */
export type Instruction = { keyword: string; flags: string[]; text: string; line: number }

const DIRECTIVE = /^#\s*([a-z]+)\s*=\s*(\S.*?)\s*$/i
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g

/** https://docs.docker.com/reference/dockerfile/#format: comments, continuations, heredocs; never a command's meaning. */
export function readInstructions(dockerfile: string): Instruction[] {
  const lines = dockerfile.replace(/^\uFEFF/, "").split(/\r?\n/)
  const continued = escapeDirective(lines) === "`" ? /`[ \t]*$/ : /\\[ \t]*$/
  const instructions: Instruction[] = []
  for (let at = 0; at < lines.length; ) {
    const start = at
    let text = ""
    for (let more = true; more && at < lines.length; at++) {
      const line = lines[at] ?? ""
      if (isComment(line)) continue
      if (text !== "" && line.trim() === "") continue
      more = continued.test(line)
      text += more ? `${line.replace(continued, "")} ` : line
    }
    if (text.trim() === "") continue
    const instruction = parseInstruction(text.trim(), firstLine(lines, start))
    at = skipHeredocs(lines, { at, instruction })
    instructions.push(instruction)
  }
  return instructions
}

function isComment(line: string): boolean {
  return /^\s*#/.test(line)
}

function firstLine(lines: string[], start: number): number {
  const offset = lines.slice(start).findIndex((line) => line.trim() !== "" && !isComment(line))
  return start + Math.max(offset, 0) + 1
}

/** Directives stand above everything else, comments included. */
function escapeDirective(lines: string[]): string | undefined {
  for (const line of lines) {
    const [, name, value] = line.match(DIRECTIVE) ?? []
    if (!name) return undefined
    if (name.toLowerCase() === "escape") return value
  }
  return undefined
}

function parseInstruction(text: string, line: number): Instruction {
  const [keyword = "", ...words] = text.split(/\s+/)
  const flags: string[] = []
  while (words[0]?.startsWith("--")) flags.push((words.shift() ?? "").slice(2))
  return { keyword: keyword.toUpperCase(), flags, text: words.join(" "), line }
}

function skipHeredocs(lines: string[], { at, instruction }: { at: number; instruction: Instruction }): number {
  if (!["RUN", "COPY", "ADD"].includes(instruction.keyword)) return at
  let next = at
  for (const [, , delimiter] of instruction.text.matchAll(HEREDOC)) {
    const end = lines.findIndex((line, i) => i >= next && line.trim() === delimiter)
    if (end < 0) return next
    instruction.text += `\n${lines.slice(next, end).join("\n")}`
    next = end + 1
  }
  return next
}
