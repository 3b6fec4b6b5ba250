import { expect, test } from "vitest"

const { withBlock } = await import(new URL("./lib/dotenv.mjs", import.meta.url).href)

const block = (line: string) =>
  `# test/engine/up: local tool images (begin)\n${line}\n# test/engine/up: local tool images (end)\n`

test.each([
  { name: "an empty file", before: "", lines: ["A=1"], after: block("A=1") },
  { name: "other lines", before: "MINE=x\n", lines: ["A=1"], after: `MINE=x\n${block("A=1")}` },
  { name: "an older block", before: `MINE=x\n${block("A=0")}`, lines: ["A=1"], after: `MINE=x\n${block("A=1")}` },
  {
    name: "lines after the block",
    before: `${block("A=0")}MINE=x\n`,
    lines: ["A=1"],
    after: `MINE=x\n${block("A=1")}`,
  },
  { name: "nothing to write", before: `MINE=x\n${block("A=0")}`, lines: [], after: "MINE=x\n" },
  { name: "neither lines nor block", before: "MINE=x\n", lines: [], after: "MINE=x\n" },
])("keeps what else is in .env: $name", ({ before, lines, after }) => {
  expect(withBlock(before, lines)).toBe(after)
})
