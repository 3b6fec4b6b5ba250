import { describe, expect, test } from "vitest"
import { onlyFolder, ownDockerfiles, serviceFolders } from "../../lib/init/images.ts"

test("only Dockerfiles of what the repository ships count, those near the root first", () => {
  const paths = ["a/b/Dockerfile", "node_modules/x/Dockerfile", ".devcontainer/Dockerfile", "Dockerfile.dockerignore"]
  expect(ownDockerfiles([...paths, "web/Dockerfile", "api/Dockerfile"])).toEqual([
    "api/Dockerfile",
    "web/Dockerfile",
    "a/b/Dockerfile",
  ])
})

test.each([
  { name: "a developer's own environment", path: ".gitpod.Dockerfile" },
  { name: "a developer's own environment, in a folder", path: "x/.devcontainer/Dockerfile" },
  { name: "tests", path: "tests/e2e/Dockerfile" },
  { name: "their results", path: "result/tests/Dockerfile" },
  { name: "tests of several parts", path: "integration-test/Dockerfile" },
  { name: "what tests read", path: "pkg/testdata/Dockerfile" },
  ...[
    ...["e2e-tests", "tests-e2e", "load-test", "acceptance-tests", "test-fixtures", "test_data", "integrationTests"],
    ...["__fixtures__", "__tests__", "__mocks__", "api-e2e", "acme.Tests", "integration_tests", "fixtures"],
  ].map((folder) => ({ name: `the folder ${folder}`, path: `${folder}/a/Dockerfile` })),
  { name: "examples", path: "examples/go/Dockerfile" },
  { name: "a template", path: "charts/Dockerfile.tmpl" },
  { name: "code about Dockerfiles", path: "src/dockerfile.ts" },
  { name: "somebody else's", path: "third_party/x/Dockerfile" },
])("a Dockerfile of $name is not shipped", ({ path }) => expect(ownDockerfiles([path])).toEqual([]))

test.each([
  "Dockerfile",
  "docker/dockerfile",
  "api.Dockerfile",
  "Dockerfile.alpine",
  "contests/Dockerfile",
  "attest/Dockerfile",
  "testimonials/Dockerfile",
  "ab-testing/Dockerfile",
  "contest-api/Dockerfile",
  "test-runner/Dockerfile",
  "football-fixtures/Dockerfile",
  "latest/Dockerfile",
])("%s can be shipped", (path) => expect(ownDockerfiles([path, path])).toEqual([path]))

describe("a repository has several services", () => {
  test.each([
    { name: "named by their folders", paths: ["api/Dockerfile", "apps/Web/Dockerfile"], names: ["api", "web"] },
    { name: "named by their whole path", paths: ["a/x/Dockerfile", "b/x/Dockerfile"], names: ["a-x", "b-x"] },
    {
      name: "named by what their source is of",
      paths: ["src/cart/src/Dockerfile", "src/ads/Dockerfile", "web/docker/dockerfile"],
      names: ["cart", "ads", "web"],
    },
    {
      name: "named by the only name that there is",
      paths: ["src/Dockerfile", "api/Dockerfile"],
      names: ["src", "api"],
    },
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
