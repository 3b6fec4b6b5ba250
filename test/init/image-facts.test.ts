import { describe, expect, test } from "vitest"
import { copiedPaths, copiesAll, onlyFolder, serviceFolders } from "../../lib/init/image-facts.ts"

describe("images", () => {
  describe("a repository has several services", () => {
    test.each([
      { name: "named by their folders", paths: ["api/Dockerfile", "apps/Web/Dockerfile"], names: ["api", "web"] },
      { name: "named by their whole path", paths: ["a/x/Dockerfile", "b/x/Dockerfile"], names: ["a-x", "b-x"] },
      {
        name: "named by the nearest specific folder",
        paths: ["src/cart/src/Dockerfile", "src/ads/Dockerfile", "web/docker/dockerfile"],
        names: ["cart", "ads", "web"],
      },
      {
        name: "named by a generic folder if there is no other",
        paths: ["src/Dockerfile", "api/Dockerfile"],
        names: ["src", "api"],
      },
      {
        name: "with names that are valid for an image",
        paths: ["My App/Dockerfile", "b--c/Dockerfile"],
        names: ["my-app", "b-c"],
      },
    ])("$name", ({ paths, names }) => {
      expect(serviceFolders(paths).map(({ name }) => name)).toEqual(names)
    })

    test.each([
      { name: "there is one Dockerfile", paths: ["api/Dockerfile"] },
      {
        name: "the root has one, which may build all of them",
        paths: ["Dockerfile", "api/Dockerfile", "web/Dockerfile"],
      },
      { name: "they are variants of one Dockerfile", paths: ["docker/Dockerfile", "docker/Dockerfile.dev"] },
    ])("but not if $name", ({ paths }) => expect(serviceFolders(paths)).toEqual([]))
  })

  test.each([
    { paths: ["api/Dockerfile"], dockerfile: "api/Dockerfile", path: "api" },
    { paths: [], dockerfile: "Dockerfile", path: "." },
  ])("the one image of $paths is built in $path", ({ paths, dockerfile, path }) => {
    expect(onlyFolder(paths)).toMatchObject({ dockerfile, path })
  })
})

describe("copied paths", () => {
  test.each([
    { name: "files and folders", text: "COPY go.mod ./cmd /src/\nadd a b", paths: ["go.mod", "cmd", "a"] },
    { name: "paths of the JSON form", text: 'COPY ["a b", "c", "/to/"]', paths: ["a b", "c"] },
    {
      name: "no stages, patterns, variables or addresses",
      text: "COPY --from=build /a /b\nCOPY *.go $X a?b /\nADD https://a.b/c /",
    },
    { name: "nothing by name from the whole context", text: "COPY . .\nCOPY --chown=7 ./ /app" },
    { name: "nothing from a heredoc", text: "COPY <<EOF /etc/motd\nhello there\nEOF\n" },
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
})
