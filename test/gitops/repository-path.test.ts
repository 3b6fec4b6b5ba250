import { expect, test } from "vitest"
import { parseRepositoryPath } from "../../lib/gitops/repository-path.ts"

test.each([
  { text: "apps/web/overlays/prod", path: "apps/web/overlays/prod" },
  { text: "./apps/web/", path: "apps/web" },
  { text: "apps//web", path: "apps/web" },
  { text: ".", path: "." },
  { text: "./", path: "." },
  { text: "größe und mehr", path: "größe und mehr" },
])("reads $text as $path", ({ text, path }) => {
  expect(parseRepositoryPath(text)).toBe(path)
})

test.each([
  { name: "nothing", text: "" },
  { name: "an absolute path", text: "/etc" },
  { name: "a way out", text: "apps/../../etc" },
  { name: "git's own folder", text: "apps/.git/hooks" },
  { name: "git's own folder in capitals", text: ".GIT" },
  { name: "an option", text: "--output=/x" },
  { name: "a line end", text: "apps\n" },
  { name: "backslashes", text: "apps\\web" },
])("refuses $name", ({ text }) => {
  expect(() => parseRepositoryPath(text)).toThrow("OPTIONS_INVALID: expected a path inside the GitOps repository")
})
