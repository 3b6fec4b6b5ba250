import { expect, test } from "vitest"
import { parseDocument } from "yaml"
import { documentValue, MOST_ALIASES } from "../../lib/config/document-value.ts"
import { SlipwayError } from "../../lib/error.ts"

const invalid = (got: string) =>
  new SlipwayError("SETTINGS_INVALID", { expected: "aliases", got, fix: "Correct the file." })
const read = (text: string) => documentValue(parseDocument(text), invalid)

test("hundreds of aliases are no attack, at two levels either", () => {
  const list = Array.from({ length: 300 }, () => "*b").join(", ")
  expect(read(`a: &a x\nb: &b [*a]\nc: [${list}]\n`)).toMatchObject({ b: ["x"] })
})

test.each([
  { name: "aliases that multiply", text: bomb(), got: /aliases, got Excessive alias count/ },
  { name: "an alias of nothing", text: "a: *nothing\n", got: /aliases, got Unresolved alias/ },
])("$name are the caller's error", ({ text, got }) => expect(() => read(text)).toThrow(got))

/** Ten to the power of the levels. */
function bomb(): string {
  const levels = Array.from({ length: 8 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`)
  expect(10 ** levels.length).toBeGreaterThan(MOST_ALIASES)
  return ["l0: &l0 x", ...levels, ""].join("\n")
}
