import { expect, test } from "vitest"
import { readInstructions } from "../../lib/dockerfile/instructions.ts"

test.each([
  {
    name: "one instruction a line",
    text: "FROM a\nrun x",
    read: [
      ["FROM", "a", 1],
      ["RUN", "x", 2],
    ],
  },
  {
    name: "a continued line",
    text: "RUN a && \\\n    b\nUSER c",
    read: [
      ["RUN", "a && b", 1],
      ["USER", "c", 3],
    ],
  },
  { name: "comments and empty lines within", text: "RUN a \\\n# why\n\n  && b", read: [["RUN", "a && b", 1]] },
  { name: "the first line that counts", text: "\n# note\n\nFROM a", read: [["FROM", "a", 4]] },
  {
    name: "another escape character",
    text: "# escape=`\nRUN a `\n b\\\nUSER c",
    read: [
      ["RUN", "a b\\", 2],
      ["USER", "c", 4],
    ],
  },
  { name: "no directive below a comment", text: "# note\n# escape=`\nRUN a \\\n b", read: [["RUN", "a b", 3]] },
  {
    name: "a heredoc whose body looks like an instruction",
    text: "RUN <<EOF\nFROM x\nEOF\nUSER c",
    read: [
      ["RUN", "<<EOF\nFROM x", 1],
      ["USER", "c", 4],
    ],
  },
  {
    name: "two heredocs",
    text: 'COPY <<"A" <<-B /d/\n1\nA\n2\n\tB\nUSER c',
    read: [
      ["COPY", '<<"A" <<-B /d/\n1\n2', 1],
      ["USER", "c", 6],
    ],
  },
  {
    name: "a heredoc without a terminator",
    text: "RUN <<EOF\nx",
    read: [
      ["RUN", "<<EOF", 1],
      ["X", "", 2],
    ],
  },
  {
    name: "Windows line ends and a byte order mark",
    text: "\uFEFFFROM a\r\nUSER c\r\n",
    read: [
      ["FROM", "a", 1],
      ["USER", "c", 2],
    ],
  },
  { name: "nothing", text: "", read: [] },
])("reads $name", ({ text, read }) => {
  expect(readInstructions(text).map(({ keyword, text, line }) => [keyword, text, line])).toEqual(read)
})

test("separates flags from arguments, with their ranges", () => {
  expect(readInstructions("COPY --from=build --chown=1:1 a --b")[0]).toEqual({
    keyword: "COPY",
    flags: ["from=build", "chown=1:1"],
    text: "a --b",
    args: "a --b",
    line: 1,
    span: { start: 0, end: 35 },
    flagSpans: [
      { start: 5, end: 17 },
      { start: 18, end: 29 },
    ],
  })
})
