/** Says on each generated page where it comes from: the next change belongs there. */
export function page(title: string, source: string, ...blocks: string[]): string {
  const notice = `<!-- Generated from ${source} by \`npx tsx test/docs/write.ts\`. Do not edit. -->`
  return `${[`# ${title}`, notice, ...blocks.filter((block) => block !== "")].join("\n\n")}\n`
}

export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map(cell).join(" | ")} |`
  return [line(head), `|${head.map(() => " --- |").join("")}`, ...rows.map(line)].join("\n")
}

/** Text of a docstring or a schema, which is no Markdown: only code in backticks stays what it is. */
export function prose(text: string): string {
  return text
    .split(/(`[^`\n]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(/[<*]/g, "\\$&")))
    .join("")
}

export function code(text: string): string {
  return `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ")
}
