/**
 * Finds a secret in text that anybody can read: as it is, in base64 at each of the three alignments, in hex, and as it
 * stands in an URL. A secret of several lines is looked for line by line, as a log prints it.
 */
export function leaks(text: string, secrets: Record<string, string>): string[] {
  const flat = text.replaceAll("\\n", "\n")
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const forms = secret.split("\n").filter(telling).flatMap(formsOf)
    return forms.some((form) => flat.includes(form)) ? [name] : []
  })
}

/** A PEM's first and last line say nothing, and neither does a short rest. */
function telling(line: string): boolean {
  return line.length >= 8 && !line.startsWith("-----")
}

function formsOf(line: string): string[] {
  const bytes = Buffer.from(line)
  const aligned = [0, 1, 2].map((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "")
    return whole.slice(shift ? 4 : 0, -2) // the ends depend on what stands beside
  })
  return [line, ...aligned, bytes.toString("hex"), encodeURIComponent(line)].filter((form) => form.length >= 8)
}
