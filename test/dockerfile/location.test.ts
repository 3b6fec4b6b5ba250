import { expect, test } from "vitest"
import { ownDockerfiles } from "../../lib/dockerfile/location.ts"

test("selects the Dockerfiles that the repository ships, those near the root first", () => {
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
  { name: "test results", path: "result/tests/Dockerfile" },
  { name: "tests of several parts", path: "integration-test/Dockerfile" },
  { name: "test data", path: "pkg/testdata/Dockerfile" },
  ...[
    ...["e2e-tests", "tests-e2e", "load-test", "acceptance-tests", "test-fixtures", "test_data", "integrationTests"],
    ...["__fixtures__", "__tests__", "__mocks__", "api-e2e", "acme.Tests", "integration_tests", "fixtures"],
  ].map((folder) => ({ name: `the folder ${folder}`, path: `${folder}/a/Dockerfile` })),
  { name: "examples", path: "examples/go/Dockerfile" },
  { name: "a template", path: "charts/Dockerfile.tmpl" },
  { name: "code that handles Dockerfiles", path: "src/dockerfile.ts" },
  { name: "third-party code", path: "third_party/x/Dockerfile" },
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
