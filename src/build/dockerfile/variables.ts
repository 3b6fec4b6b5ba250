const VARIABLE = /\\\$|\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+])((?:[^{}]|\{[^{}]*\})*))?\})/g

/** Replaces $NAME, ${NAME}, ${NAME:-default} and ${NAME:+instead}, as a FROM line is read. */
export function expand(text: string, values: Record<string, string>): string {
  return text.replace(VARIABLE, (whole, plain?: string, braced?: string, operator?: string, word = "") => {
    const name = plain ?? braced
    if (name === undefined) return whole
    const value = values[name]
    const counts = operator?.startsWith(":") ? value !== undefined && value !== "" : value !== undefined
    if (operator?.endsWith("-")) return counts ? (value ?? "") : expand(word, values)
    if (operator?.endsWith("+")) return counts ? expand(word, values) : ""
    return value ?? ""
  })
}
