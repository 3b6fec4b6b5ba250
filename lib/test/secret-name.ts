import { quote, SlipwayError } from "../error.ts"

// A file name, and a variable's once upper-cased.
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/

/** The command line gives names and secrets as two lists; the first name belongs to the first secret. */
export function pairNames<T>(names: string[], values: T[]): { name: string; secret: T }[] {
  const wrong = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at)
  if (wrong !== undefined) {
    throw invalid(`${quote(wrong)}, which is not usable or there twice`)
  }
  const pairs = values.flatMap((secret, at) => {
    const name = names[at]
    return name === undefined ? [] : [{ name, secret }]
  })
  if (names.length === values.length && pairs.length === names.length) return pairs
  throw invalid(`names: ${names.join(", ") || "none"}; secrets: ${values.length}`)
}

function invalid(got: string): SlipwayError {
  return new SlipwayError("OPTIONS_INVALID", {
    expected: "as many secretNames as secrets, each a word of letters, digits, '_', '.' and '-'",
    got,
    fix: "For example: --secret-names=api-token --secrets=env://API_TOKEN",
  })
}
