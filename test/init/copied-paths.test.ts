import { expect, test } from "vitest"
import { copiedPaths, copiesAll } from "../../lib/init/copied-paths.ts"

test.each([
  { name: "files and folders", text: "COPY go.mod ./cmd /src/\nadd a b", paths: ["go.mod", "cmd", "a"] },
  { name: "the other form", text: 'COPY ["a b", "c", "/to/"]', paths: ["a b", "c"] },
  {
    name: "no stages, patterns, variables or addresses",
    text: "COPY --from=build /a /b\nCOPY *.go $X a?b /\nADD https://a.b/c /",
  },
  { name: "not the context itself", text: "COPY . .\nCOPY --chown=7 ./ /app" },
  { name: "no text of a heredoc", text: "COPY <<EOF /etc/motd\nhello there\nEOF\n" },
])("a Dockerfile copies $name", ({ text, paths = [] }) => {
  expect(copiedPaths(`FROM scratch\n${text}\n`)).toEqual(paths)
})

test.each([
  { text: "COPY . .", all: true },
  { text: "ADD --chown=7 ./ /app", all: true },
  { text: 'COPY ["/", "/app"]', all: true },
  { text: "COPY * /app", all: true },
  { text: "COPY --from=build . /app", all: false },
  { text: "COPY src /app", all: false },
])("$text takes all of the context: $all", ({ text, all }) => expect(copiesAll(`FROM scratch\n${text}\n`)).toBe(all))
