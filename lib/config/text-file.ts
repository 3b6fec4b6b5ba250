import { readFileSync } from "node:fs"

/** A program or a document of another language, which is a file of that language beside what uses it. */
export function readText(file: URL): string {
  // as in a template literal: a checkout of Windows may have its own line ends
  return readFileSync(file, "utf8").replaceAll("\r\n", "\n")
}

/**
 * Such a text with a value for each placeholder: `__NAME__`, which a file of most languages may hold, or `"__NAME__"` where
 * its language wants a string; the value stands for the quotes too. What a value holds is not filled again. A placeholder
 * without a value, and a value without a placeholder, is a mistake of ours.
 */
export function fillText(text: string, values: Record<string, string>): string {
  const unused = new Set(Object.keys(values))
  const filled = text.replace(/"__([A-Z]+)__"|__([A-Z]+)__/g, (placeholder: string, quoted?: string, bare?: string) => {
    const name = quoted ?? bare ?? ""
    const value = values[name]
    if (value === undefined) throw new Error(`no value for the placeholder ${placeholder}`)
    unused.delete(name)
    return value
  })
  if (unused.size > 0) throw new Error(`no placeholder for ${[...unused].join(", ")}`)
  return filled
}
