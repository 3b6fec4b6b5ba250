import { describe, expect, test } from "vitest"
import { endsHeredoc, heredocsOf, readFlags, splitWords } from "../../lib/dockerfile/words.ts"

describe("words", () => {
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
    { name: "up to a bare --", line: "COPY --link -- --from=x b", flags: ["link"], rest: "--from=x b" },
    { name: "an open quote", line: 'RUN --mount="a b', flags: ["mount=a b"], rest: "" },
  ])("reads flags: $name", ({ line, flags, rest }) => {
    const [words, at] = readFlags(line, { from: line.indexOf(" "), escapeChar: "\\" })
    expect(words.map(({ text }) => text)).toEqual(flags)
    expect(line.slice(at).trimStart()).toBe(rest)
  })

  test("returns the range of a flag", () => {
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
})

describe("heredoc", () => {
  test.each([
    { name: "a word", line: "RUN <<EOF", names: ["EOF"] },
    { name: "a file's name", line: "COPY <<nginx.conf /etc/x", names: ["nginx.conf"] },
    { name: "a blank before the word", line: "RUN << EOF", names: ["EOF"] },
    { name: "a word in quotes", line: "RUN <<\"E O\" <<'F'", names: ["E O", "F"] },
    { name: "a word with a quote within", line: 'RUN <<E"O"F', names: ["EOF"] },
    { name: "one for a file descriptor", line: "RUN cat 3<<EOF", names: ["EOF"] },
    { name: "none in quotes", line: 'RUN echo "<<EOF"', names: [] },
    { name: "none with an open quote in the line", line: "RUN echo don't <<EOF", names: [] },
    { name: "none after <<<", line: "RUN cat <<<EOF", names: [] },
    { name: "none without a word", line: "RUN cat <<", names: [] },
    { name: "none within a word", line: "RUN x=1<<2a<<b", names: [] },
  ])("finds $name", ({ line, names }) => {
    expect(heredocsOf(line).map(({ name }) => name)).toEqual(names)
  })

  test.each([
    { line: "EOF", opened: "RUN <<EOF", ends: true },
    { line: "EOF\r", opened: "RUN <<EOF", ends: true },
    { line: " EOF", opened: "RUN <<EOF", ends: false },
    { line: "\tEOF", opened: "RUN <<EOF", ends: false },
    { line: "\t\tEOF", opened: "RUN <<-EOF", ends: true },
    { line: " EOF", opened: "RUN <<-EOF", ends: false },
  ])("$line ends $opened: $ends", ({ line, opened, ends }) => {
    const [heredoc] = heredocsOf(opened)
    expect(heredoc && endsHeredoc(line, heredoc)).toBe(ends)
  })
})
