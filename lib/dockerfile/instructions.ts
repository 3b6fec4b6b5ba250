import { parseJson } from "../config/file.ts"
import { endsHeredoc, heredocsOf, readFlags, type Word } from "./words.ts"

/** A range of the file: [start, end), in characters. */
export type Span = { start: number; end: number }

/** One instruction with its continuation lines joined. */
export type Instruction = {
  keyword: string
  /** Its leading --name=value words, without the dashes. */
  flags: string[]
  /** The arguments with the contents of their heredocs; other whitespace is collapsed to single blanks. */
  text: string
  /** The arguments as written. */
  args: string
  line: number
  /** The range of the instruction, without heredocs, and of each flag. */
  span: Span
  flagSpans: Span[]
  /** The instruction that ONBUILD runs in stages based on this one. */
  trigger?: Instruction
}

/** A fault that BuildKit refuses, and that readers other than the build may ignore. `cause` is the reason and a fix. */
export type Fault = { line: number; problem: string; cause?: string }
export type ParsedDockerfile = { instructions: Instruction[]; escapeChar: string; faults: Fault[] }

const KEYWORDS = (
  "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME " +
  "WORKDIR"
).split(" ")
const NO_TRIGGERS = ["ONBUILD", "MAINTAINER", "FROM"]
const WITH_HEREDOCS = ["ADD", "COPY", "RUN"]
const BYTE_ORDER_MARK = "\uFEFF"

/** A physical line without its end. */
type Line = { text: string; start: number }

/** Parses directives, comments, continuations and heredocs like BuildKit: https://docs.docker.com/reference/dockerfile/#format */
export function parseDockerfile(dockerfile: string): ParsedDockerfile {
  const lines = splitLines(dockerfile)
  const { escapeChar, faults } = readDirectives(lines)
  const instructions: Instruction[] = []
  for (let at = 0; at < lines.length; ) {
    const first = lines[at]?.text ?? ""
    if (first.trim() === "" || isComment(first)) {
      at++
      continue
    }
    const joined = joinLines(lines, { at, escapeChar })
    const instruction = readInstruction(joined, { from: 0, escapeChar, line: at + 1 })
    const body = readHeredocs(lines, { at: joined.next, instruction, line: joined.text })
    faults.push(...keywordFaults(instruction), ...body.faults)
    instructions.push(body.instruction)
    at = body.next
  }
  return { instructions, escapeChar, faults }
}

/** The instructions of a Dockerfile, without its faults. */
export function readInstructions(dockerfile: string): Instruction[] {
  return parseDockerfile(dockerfile).instructions
}

function splitLines(dockerfile: string): Line[] {
  let start = dockerfile.startsWith(BYTE_ORDER_MARK) ? 1 : 0
  return dockerfile
    .slice(start)
    .split("\n")
    .map((text): Line => {
      const line = { text: text.replace(/\r+$/, ""), start }
      start += text.length + 1
      return line
    })
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith("#")
}

const DIRECTIVE = /^#\s*(syntax|escape|check)\s*=\s*(\S.*?)\s*$/i

/** Directives precede everything else, other comments included: https://docs.docker.com/reference/dockerfile/#parser-directives */
function readDirectives(lines: Line[]): { escapeChar: string; faults: Fault[] } {
  const found = new Map<string, string>()
  const faults: Fault[] = []
  for (const [at, { text }] of lines.entries()) {
    const [, name, value] = text.trimStart().match(DIRECTIVE) ?? []
    if (!name || !value) break
    const key = name.toLowerCase()
    if (found.has(key)) faults.push({ line: at + 1, problem: `a second directive ${key}` })
    if (key === "escape" && value !== "`" && value !== "\\") {
      faults.push({
        line: at + 1,
        problem: `the escape character ${JSON.stringify(value)}; only \\ and \` are allowed`,
      })
    }
    found.set(key, value)
  }
  return { escapeChar: found.get("escape") === "`" ? "`" : "\\", faults }
}

/** A line joined with its continuations. `places` map each piece's offset in the line to its offset in the file. */
type LogicalLine = { text: string; next: number; places: { at: number; start: number }[]; end: number }

function joinLines(lines: Line[], { at, escapeChar }: { at: number; escapeChar: string }): LogicalLine {
  const joined: LogicalLine = { text: "", next: at, places: [], end: 0 }
  for (let more = true; more && joined.next < lines.length; joined.next++) {
    const line = lines[joined.next]
    if (!line) break
    const inner = joined.next > at
    if (inner && (isComment(line.text) || line.text.trim() === "")) continue
    const indent = inner ? 0 : line.text.length - line.text.trimStart().length
    const whole = line.text.slice(indent)
    const text = withoutContinuation(whole, escapeChar)
    more = text !== undefined
    joined.places.push({ at: joined.text.length, start: line.start + indent })
    joined.text += text ?? whole
    joined.end = line.start + line.text.length
  }
  return joined
}

/** The line without its continuation character, if it has one; a doubled character does not continue a line. */
function withoutContinuation(line: string, escapeChar: string): string | undefined {
  const text = line.replace(/[ \t]+$/, "")
  return text.endsWith(escapeChar) && !text.endsWith(escapeChar + escapeChar) ? text.slice(0, -1) : undefined
}

type InstructionContext = { from: number; escapeChar: string; line: number }

function readInstruction(joined: LogicalLine, { from, escapeChar, line }: InstructionContext): Instruction {
  const keyword = joined.text.slice(from).match(/^\S+/)?.[0] ?? ""
  const [words, at] = readFlags(joined.text, { from: from + keyword.length, escapeChar })
  const args = joined.text.slice(at).trim()
  const instruction: Instruction = {
    keyword: keyword.toUpperCase(),
    flags: words.map(({ text }) => text),
    text: args.replace(/\s+/g, " "),
    args,
    line,
    span: { start: joined.places[0]?.start ?? 0, end: joined.end },
    flagSpans: words.map((word) => spanOf(word, joined)),
  }
  if (instruction.keyword !== "ONBUILD" || !args || from > 0) return instruction
  return { ...instruction, trigger: readInstruction(joined, { from: at, escapeChar, line }) }
}

function spanOf({ start, end }: Word, joined: LogicalLine): Span {
  return { start: placeOf(start, joined), end: placeOf(end - 1, joined) + 1 }
}

function placeOf(at: number, { places }: LogicalLine): number {
  const place = places.findLast((place) => place.at <= at)
  return place ? place.start + at - place.at : 0
}

/** Faults that this parser would otherwise ignore, although BuildKit refuses them. */
function keywordFaults({ keyword, flags, line, trigger }: Instruction): Fault[] {
  const [from, ...more] = keyword === "FROM" ? flags : []
  if (!KEYWORDS.includes(keyword)) return [{ line, problem: `the unknown instruction ${keyword.slice(0, 40)}` }]
  if (more.length > 0 || (from && !from.startsWith("platform="))) {
    return [{ line, problem: `FROM --${flags.join(" --")}; only the flag --platform= is allowed` }]
  }
  if (trigger && NO_TRIGGERS.includes(trigger.keyword)) return [{ line, problem: `ONBUILD ${trigger.keyword}` }]
  const copies = keyword === "ADD" && flags.some((flag) => flag.startsWith("from="))
  return copies ? [{ line, problem: "ADD --from=; only COPY supports it" }] : []
}

type Body = { instruction: Instruction; next: number; faults: Fault[] }

/** Adds the bodies of its heredocs to an instruction. After one without a terminator, reading continues as if it had no body. */
function readHeredocs(
  lines: Line[],
  { at, instruction, line }: { at: number; instruction: Instruction; line: string },
): Body {
  const { keyword, args } = instruction.trigger ?? instruction
  const body: Body = { instruction, next: at, faults: [] }
  if (!WITH_HEREDOCS.includes(keyword) || !line.includes("<<") || isStringList(args)) return body
  for (const heredoc of heredocsOf(line)) {
    const length = lines.slice(body.next).findIndex(({ text }) => endsHeredoc(text, heredoc))
    if (length < 0) {
      body.faults.push({ line: instruction.line, problem: `a heredoc without its terminator ${heredoc.name}` })
      return body
    }
    const content = lines.slice(body.next, body.next + length).map(({ text }) => text)
    body.instruction = { ...body.instruction, text: [body.instruction.text, ...content].join("\n") }
    body.next += length + 1
  }
  return body
}

/** Whether the arguments have the exec form: https://docs.docker.com/reference/dockerfile/#exec-form */
function isStringList(args: string): boolean {
  if (!args.startsWith("[")) return false
  const list = parseJson(args)
  return Array.isArray(list) && list.every((item) => typeof item === "string")
}
