import { describe, expect, test } from "vitest"
import { onlyFolder, ownDockerfiles, serviceFolders } from "../../src/init/images.ts"

test("only Dockerfiles of what the repository ships count, those near the root first", () => {
  const paths = ["a/b/Dockerfile", "node_modules/x/Dockerfile", ".devcontainer/Dockerfile", "Dockerfile.dockerignore"]
  expect(ownDockerfiles([...paths, "web/Dockerfile", "api/Dockerfile"])).toEqual([
    "api/Dockerfile",
    "web/Dockerfile",
    "a/b/Dockerfile",
  ])
})

describe("a repository has several services", () => {
  test.each([
    { name: "named by their folders", paths: ["api/Dockerfile", "apps/Web/Dockerfile"], names: ["api", "web"] },
    { name: "named by their whole path", paths: ["a/x/Dockerfile", "b/x/Dockerfile"], names: ["a-x", "b-x"] },
    {
      name: "with names that an image can have",
      paths: ["My App/Dockerfile", "b--c/Dockerfile"],
      names: ["my-app", "b-c"],
    },
  ])("$name", ({ paths, names }) => {
    expect(serviceFolders(paths).map(({ name }) => name)).toEqual(names)
  })

  test.each([
    { name: "there is one Dockerfile", paths: ["api/Dockerfile"] },
    { name: "the root has one, which may copy all of them", paths: ["Dockerfile", "api/Dockerfile", "web/Dockerfile"] },
    { name: "they are variants of one", paths: ["docker/Dockerfile", "docker/Dockerfile.dev"] },
  ])("but not if $name", ({ paths }) => expect(serviceFolders(paths)).toEqual([]))
})

test.each([
  { paths: ["api/Dockerfile"], dockerfile: "api/Dockerfile", path: "api" },
  { paths: [], dockerfile: "Dockerfile", path: "." },
])("the one image of $paths is built in $path", ({ paths, dockerfile, path }) => {
  expect(onlyFolder(paths)).toMatchObject({ dockerfile, path })
})
