import { expect, test } from "vitest"
import { splitWords } from "../../lib/test/words.ts"

test.each([
  { name: "plain words", line: "go test ./...", words: ["go", "test", "./..."] },
  { name: "single quotes", line: "pytest -k 'a and b'", words: ["pytest", "-k", "a and b"] },
  { name: "double quotes with an escape", line: 'echo "say \\"hi\\""', words: ["echo", 'say "hi"'] },
  { name: "quotes within a word", line: "a'b c'd", words: ["ab cd"] },
  { name: "an empty word", line: "printf ''", words: ["printf", ""] },
  { name: "an escaped space", line: "ls my\\ file", words: ["ls", "my file"] },
  { name: "space around and between", line: "  npm \t test\n", words: ["npm", "test"] },
  { name: "shell characters in quotes", line: "bash -c 'a && b | c > $d'", words: ["bash", "-c", "a && b | c > $d"] },
  { name: "nothing", line: "", words: [] },
])("splits $name", ({ line, words }) => {
  expect(splitWords(line)).toEqual(words)
})

test.each([
  { name: "a second command", line: "npm ci && npm test", got: '"&" at position 8' },
  { name: "a pipe", line: "a | b", got: '"|" at position 3' },
  { name: "a redirection", line: "a > b", got: '">" at position 3' },
  { name: "a variable", line: "echo $HOME", got: '"$" at position 6' },
  { name: "a variable in double quotes", line: 'echo "$HOME"', got: '"\\"" at position 6' },
  { name: "an open quote", line: "echo 'a", got: '"\'" at position 6' },
])("refuses $name, which only a shell could do", ({ line, got }) => {
  expect(() => splitWords(line)).toThrow(/^OPTIONS_INVALID: .* name a shell/)
  expect(() => splitWords(line)).toThrow(got)
})
