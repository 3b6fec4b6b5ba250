import { quote, SlipwayError } from "../../../error.ts"

/** One step into a document: a key of a mapping, an index of a list, or the list's only element with these values. */
export type Step =
  | { by: "key"; key: string }
  | { by: "index"; index: number }
  | { by: "values"; values: Record<string, string> }

const BARE_KEY = /(?:\\.|[^.[\]\\"'])+/y
const BRACKET = /\[(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([0-9]+)|([^[\]"']+=[^[\]]*))\]/y

/**
 * Reads `spec.containers[name=app].image`, `images[0]`, `annotations["a.b/c"]`, `annotations.a\.b/c`. Several conditions
 * are joined by a comma: `[name=app,kind=web]`; a condition's key may itself be a path, `[image.name=app]`.
 */
export function parsePath(text: string): Step[] {
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    const step = bracketAt(text, at) ?? keyAt(text, at, steps.length === 0)
    if (!step) throw invalidPath(text, at)
    steps.push(step.step)
    at = step.end
  }
  if (steps.length) return steps
  throw invalidPath(text, 0)
}

/** Renders a path in the form that `parsePath` reads. */
export function pathText(steps: Step[]): string {
  return steps.map(stepText).join("").replace(/^\./, "")
}

type Read = { step: Step; end: number }

function bracketAt(text: string, at: number): Read | undefined {
  BRACKET.lastIndex = at
  const match = BRACKET.exec(text)
  if (!match) return undefined
  const [whole, double, single, index, values] = match
  const end = at + whole.length
  if (index !== undefined) return { step: { by: "index", index: Number(index) }, end }
  if (values !== undefined) return { step: { by: "values", values: conditions(values) }, end }
  return { step: { by: "key", key: double?.replace(/\\(.)/g, "$1") ?? single ?? "" }, end }
}

function keyAt(text: string, at: number, first: boolean): Read | undefined {
  if (!first && text[at] !== ".") return undefined
  BARE_KEY.lastIndex = first ? at : at + 1
  const match = BARE_KEY.exec(text)
  return match ? { step: { by: "key", key: match[0].replace(/\\(.)/g, "$1") }, end: BARE_KEY.lastIndex } : undefined
}

function conditions(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const at = pair.indexOf("=")
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function stepText(step: Step): string {
  switch (step.by) {
    case "key":
      return /^[^.[\]\\"'=@:#\s]+$/.test(step.key) ? `.${step.key}` : `[${JSON.stringify(step.key)}]`
    case "index":
      return `[${step.index}]`
    case "values":
      return `[${Object.entries(step.values)
        .map(([key, value]) => `${key}=${value}`)
        .join(",")}]`
  }
}

function invalidPath(text: string, at: number): SlipwayError {
  return new SlipwayError("EDIT_INVALID", {
    expected: 'a path such as image.tag, spec.containers[name=app].image, images[0] or annotations["a.b/c"]',
    got: `${quote(text)}, with an error at character ${at + 1}`,
    fix: "Join keys by a dot, select a list's element by [index] or [key=value], and quote a key with dots in brackets.",
  })
}
