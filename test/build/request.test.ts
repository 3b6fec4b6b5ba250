import { expect, test } from "vitest"
import { parseRequest } from "../../lib/build/request.ts"

test("leaves nothing open", () => {
  expect(parseRequest({})).toEqual({
    platforms: ["linux/amd64", "linux/arm64"],
    dockerfile: "Dockerfile",
    context: ".",
    buildArgs: {},
    secretIds: [],
    labels: {},
    annotations: {},
    keepGitDir: false,
    reproducible: true,
  })
})

test.each([
  ["./docker//app.Dockerfile", "docker/app.Dockerfile"],
  ["", "Dockerfile"],
])("the Dockerfile %j is %s", (dockerfile, path) => {
  expect(parseRequest({ dockerfile }).dockerfile).toBe(path)
})

test.each([
  ["./services/api/", "services/api"],
  ["./", "."],
  ["", "."],
])("the context %j is %s", (context, path) => {
  expect(parseRequest({ context }).context).toBe(path)
})

test.each([
  {
    name: "a Dockerfile outside the source",
    options: { dockerfile: "../Dockerfile" },
    message:
      'OPTIONS_INVALID: expected a path of the Dockerfile within the source, got "../Dockerfile". Give the Dockerfile relative to the source; pass a larger --source if it lies outside.',
  },
  {
    name: "an absolute context",
    options: { context: "/srv/app" },
    message: 'OPTIONS_INVALID: expected a path of the context within the source, got "/srv/app".',
  },
  {
    name: "a secret's path for its id",
    options: { secretIds: ["/run/secrets/npm"] },
    message:
      'OPTIONS_INVALID: expected a secret id of letters, digits, dots, dashes and underscores, got "/run/secrets/npm". Use the id of the Dockerfile\'s RUN --mount=type=secret,id=<id>.',
  },
  {
    name: "a label without a value",
    options: { labels: ["team"] },
    message: "expected each label once, as NAME=value",
  },
])("refuses $name", ({ options, message }) => {
  expect(() => parseRequest(options)).toThrow(message)
})
