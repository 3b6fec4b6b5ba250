import { describe, expect, test } from "vitest"
import { parsePlatforms, parseRequest } from "../../lib/build/request.ts"

describe("request", () => {
  test("applies the defaults", () => {
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
  ])("normalises the Dockerfile %j to %s", (dockerfile, path) => {
    expect(parseRequest({ dockerfile }).dockerfile).toBe(path)
  })

  test.each([
    ["./services/api/", "services/api"],
    ["./", "."],
    ["", "."],
  ])("normalises the context %j to %s", (context, path) => {
    expect(parseRequest({ context }).context).toBe(path)
  })

  test.each([
    {
      name: "a Dockerfile outside the source",
      options: { dockerfile: "../Dockerfile" },
      message:
        'OPTIONS_INVALID: expected a path of the Dockerfile within the source, got "../Dockerfile". Write the path of the Dockerfile relative to the source; pass a larger --source if it is outside.',
    },
    {
      name: "an absolute context",
      options: { context: "/srv/app" },
      message: 'OPTIONS_INVALID: expected a path of the context within the source, got "/srv/app".',
    },
    {
      name: "a path as a secret id",
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
})

describe("platforms", () => {
  test.each([
    { name: "a list", texts: ["linux/amd64", "linux/arm64"], read: ["linux/amd64", "linux/arm64"] },
    { name: "one text with commas", texts: ["linux/amd64, linux/arm/v7"], read: ["linux/amd64", "linux/arm/v7"] },
    { name: "default variants", texts: ["linux/arm64/v8", "linux/arm"], read: ["linux/arm64", "linux/arm/v7"] },
  ])("reads $name", ({ texts, read }) => {
    expect(parsePlatforms(texts)).toEqual(read)
  })

  test.each([
    {
      name: "none",
      texts: [""],
      message:
        'PLATFORM_INVALID: expected one or more different platforms, got "". Pass, for example, --platforms=linux/amd64,linux/arm64.',
    },
    {
      name: "one twice, in two spellings",
      texts: ["linux/arm64", "linux/arm64/v8"],
      message: "got linux/arm64 twice.",
    },
    {
      name: "an invalid platform",
      texts: ["linux/amd64", "arm64"],
      message: "PLATFORM_INVALID: expected os/architecture[/variant]",
    },
    { name: "another tool's name", texts: ["linux/aarch64"], message: 'got "linux/aarch64". Write linux/arm64.' },
  ])("refuses $name", ({ texts, message }) => {
    expect(() => parsePlatforms(texts)).toThrow(message)
  })
})
