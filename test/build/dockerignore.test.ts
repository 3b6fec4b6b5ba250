import { expect, test } from "vitest"
import { ignorePatterns } from "../../lib/build/dockerignore.ts"

test.each([
  { name: "a file's lines", text: "node_modules\n*.log\n", patterns: ["node_modules", "*.log"] },
  { name: "no comments and no blank lines", text: "# dependencies\n\n  \nnode_modules", patterns: ["node_modules"] },
  { name: "exceptions, in their order", text: "*\n!src\n!/go.mod", patterns: ["*", "!src", "!go.mod"] },
  { name: "paths from the context's root", text: "/dist\n  /tmp  ", patterns: ["dist", "tmp"] },
  { name: "lines that end as on Windows", text: "a\r\nb\r\n", patterns: ["a", "b"] },
  { name: "nothing of an empty file", text: "", patterns: [] },
  { name: "no exception from nothing", text: "!", patterns: [] },
])("are $name", ({ text, patterns }) => expect(ignorePatterns(text)).toEqual(patterns))
