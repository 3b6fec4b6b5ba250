/** A form in which the bytes of a secret can stand in something that people or programs read. */
export type Form = "raw" | "base64" | "hex" | "url" | "json"
/** Bytes that must not be found: one form of one line of the secret of that name. */
export type Needle = { name: string; form: Form; bytes: Buffer }

/** Shorter ones are found by chance. */
export const SHORTEST = 8

/** Every form of each secret. One of several lines is looked for line by line, as a log prints it. */
export function needlesOf(secrets: Record<string, string>): Needle[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const lines = secret.split("\n").filter(telling)
    if (lines.length === 0) throw new Error(`${name} has no line that is long enough to be looked for`)
    return lines.flatMap((line) => formsOf(name, line))
  })
}

/** A PEM's first and last line say nothing, and neither does a short rest. */
function telling(line: string): boolean {
  return line.length >= SHORTEST && !line.startsWith("-----")
}

function formsOf(name: string, line: string): Needle[] {
  const hex = Buffer.from(line).toString("hex")
  const forms: Record<Form, string[]> = {
    raw: [line],
    base64: alignments(line).flatMap((text) => [text, text.replaceAll("+", "-").replaceAll("/", "_")]),
    hex: [hex, hex.toUpperCase()],
    url: [encodeURIComponent(line)].filter((text) => text !== line),
    json: [JSON.stringify(line).slice(1, -1)].filter((text) => text !== line),
  }
  return Object.entries(forms).flatMap(([form, texts]) =>
    [...new Set(texts)].map((text) => ({ name, form: form as Form, bytes: Buffer.from(text) })),
  )
}

/** In base64 the same bytes look differently at each of three places; what depends on their neighbours is left out. */
function alignments(line: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(line)])
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3))
    return whole.toString("base64").slice(shift ? 4 : 0)
  })
}
