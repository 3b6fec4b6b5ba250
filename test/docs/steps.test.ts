import { expect, test } from "vitest"
import { documents } from "./documents.ts"
import { stepsOf } from "./steps.ts"

const page = (text: string) => ({ path: "page.md", text })

test("what a reader does is what is marked, with the output that follows", () => {
  const text = `# Page

<!-- run in examples/hello-go -->

\`\`\`sh
ship
\`\`\`

It prints:

\`\`\`text
shipped
\`\`\`

<!-- file slipway.yaml -->
\`\`\`yaml
repository: a
\`\`\`

\`\`\`sh
not run
\`\`\`

<!-- run -->
\`\`\`sh
plan
\`\`\`
`
  expect(stepsOf(page(text))).toEqual([
    { kind: "run", at: "page.md:3", folder: "examples/hello-go", commands: "ship\n", output: "shipped\n" },
    { kind: "file", at: "page.md:15", path: "slipway.yaml", text: "repository: a\n" },
    { kind: "run", at: "page.md:24", commands: "plan\n" },
  ])
})

test.each([
  { name: "a marker that means nothing", text: "<!-- runs -->\n```sh\nship\n```\n" },
  { name: "output that is to be run", text: "<!-- run -->\n```text\nship\n```\n" },
])("$name is an error", ({ text }) => {
  expect(() => stepsOf(page(text))).toThrow(/^page\.md:1: expected/)
})

test("README and the quickstart have blocks that are run", () => {
  const runs = documents().filter((document) => stepsOf(document).some(({ kind }) => kind === "run"))
  expect(runs.map(({ path }) => path)).toEqual(expect.arrayContaining(["README.md", "docs/quickstart.md"]))
})
