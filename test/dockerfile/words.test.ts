import { expect, test } from "vitest"
import { readFlags, splitWords } from "../../lib/dockerfile/words.ts"

test.each([
  { name: "none", line: "COPY a b", flags: [], rest: "a b" },
  { name: "two", line: "COPY --from=x --link a b", flags: ["from=x", "link"], rest: "a b" },
  { name: "one in quotes", line: 'COPY "--from=x" a', flags: [], rest: '"--from=x" a' },
  {
    name: "a value in quotes",
    line: "COPY --from=\"x:1\" --chown='1 2' a",
    flags: ["from=x:1", "chown=1 2"],
    rest: "a",
  },
  { name: "an escaped blank", line: "RUN --mount=a\\ b c", flags: ["mount=a b"], rest: "c" },
  { name: "what ends them", line: "COPY --link -- --from=x b", flags: ["link"], rest: "--from=x b" },
  { name: "an open quote", line: 'RUN --mount="a b', flags: ["mount=a b"], rest: "" },
])("reads as flags $name", ({ line, flags, rest }) => {
  const [words, at] = readFlags(line, { from: line.indexOf(" "), escapeChar: "\\" })
  expect(words.map(({ text }) => text)).toEqual(flags)
  expect(line.slice(at).trimStart()).toBe(rest)
})

test("says where a flag stands", () => {
  const line = 'COPY --from="x" a'
  const [[flag]] = readFlags(line, { from: 4, escapeChar: "\\" })
  expect(line.slice(flag?.start, flag?.end)).toBe('--from="x"')
})

test.each([
  { name: "words", text: "A B=1", words: ["A", "B=1"] },
  { name: "quotes, and keeps them", text: "A='1 2' B=\"3 4\"5", words: ["A='1 2'", 'B="3 4"5'] },
  { name: "an escaped blank", text: "A=1\\ 2 B", words: ["A=1\\ 2", "B"] },
  { name: "an escaped quote", text: 'A=\\"1 B', words: ['A=\\"1', "B"] },
  { name: "no escape in single quotes", text: "A='\\' B", words: ["A='\\'", "B"] },
  { name: "an escape at the end", text: "A=1\\", words: ["A=1"] },
  { name: "nothing", text: " ", words: [] },
])("splits $name", ({ text, words }) => {
  expect(splitWords(text, "\\")).toEqual(words)
})
