import { describe, expect, test } from "vitest"
import { type BuildFacts, buildWarnings, compilerIn, ignorePatterns, secretShape } from "../../lib/build/warnings.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

describe("dockerignore", () => {
  test.each([
    { name: "a file's lines", text: "node_modules\n*.log\n", patterns: ["node_modules", "*.log"] },
    { name: "no comments and no blank lines", text: "# dependencies\n\n  \nnode_modules", patterns: ["node_modules"] },
    { name: "exceptions, in their order", text: "*\n!src\n!/go.mod", patterns: ["*", "!src", "!go.mod"] },
    { name: "paths from the context's root", text: "/dist\n  /tmp  ", patterns: ["dist", "tmp"] },
    { name: "Windows line ends", text: "a\r\nb\r\n", patterns: ["a", "b"] },
    { name: "nothing of an empty file", text: "", patterns: [] },
    { name: "no exception from nothing", text: "!", patterns: [] },
  ])("reads $name", ({ text, patterns }) => expect(ignorePatterns(text)).toEqual(patterns))
})

describe("warnings", () => {
  const DIGEST = `sha256:${"0a".repeat(32)}`
  const GOOD = `FROM golang:1.26@${DIGEST} AS build\nFROM scratch\nCOPY --from=build /a /a`

  function warnings(dockerfile: string, facts: Partial<BuildFacts> = {}): string[] {
    const platforms = { target: "linux/arm64", build: "linux/amd64" }
    const stages = readStages(dockerfile, { platforms, buildArgs: {} })
    const quiet = { buildArgs: {}, user: "65532", contextSize: 1, hasIgnoreFile: true }
    return buildWarnings({ stages, target: requireStage(stages, undefined), ...quiet, ...facts })
  }

  test("does not warn about a good build", () => {
    expect(warnings(GOOD)).toEqual([])
  })

  const floats = (line: number, image: string) =>
    `Dockerfile:${line}: the tag of ${image} moves with every release: name a version, and pin it by digest`
  const unpinned = (image: string) =>
    `Dockerfile:1: ${image} has no digest, so the same commit can build a different image: add @sha256:…`
  const root = "the image runs as root: end the Dockerfile with USER and a numeric ID above 0"

  test.each([
    { name: "no tag", dockerfile: "FROM nginx", warns: [floats(1, "nginx")] },
    { name: "latest", dockerfile: "\nFROM nginx:latest", warns: [floats(2, "nginx:latest")] },
    {
      name: "a tag without a number",
      dockerfile: "FROM debian:bookworm-slim",
      warns: [floats(1, "debian:bookworm-slim")],
    },
    {
      name: "a registry's port, which is no tag",
      dockerfile: "FROM localhost:5000/app",
      warns: [floats(1, "localhost:5000/app")],
    },
    { name: "a version without digest", dockerfile: "FROM nginx:1.29", warns: [unpinned("nginx:1.29")] },
    {
      name: "the same base once",
      dockerfile: "FROM a:1 AS x\nFROM a:1\nCOPY --from=x / /",
      warns: [unpinned("a:1")],
    },
    { name: "root by default", dockerfile: GOOD, facts: { user: "" }, warns: [root] },
    { name: "root by number and group", dockerfile: GOOD, facts: { user: "0:0" }, warns: [root] },
    { name: "root by name", dockerfile: GOOD, facts: { user: "root" }, warns: [root] },
    {
      name: "a secret in a build arg",
      dockerfile: GOOD,
      facts: { buildArgs: { NPM_TOKEN: "hunter2" } },
      warns: [
        "build arg NPM_TOKEN: its name suggests a secret, and it stays in the image: use RUN --mount=type=secret",
      ],
    },
    {
      name: "a secret in the Dockerfile",
      dockerfile: `${GOOD}\nENV A=1 K="AKIA${"A".repeat(16)}"`,
      warns: [
        "Dockerfile:4: ENV K: its value looks like an AWS access key, and it stays in the image: use RUN --mount=type=secret",
      ],
    },
    { name: "no secret that comes from a variable", dockerfile: `${GOOD}\nENV TOKEN=$TOKEN`, warns: [] },
    {
      name: "a compiler in the only stage",
      dockerfile: `FROM golang:1.26@${DIGEST}`,
      warns: [
        `the only stage keeps its compiler (golang:1.26@${DIGEST}) in the image: compile in one stage, and COPY --from it into a small one`,
      ],
    },
    {
      name: "a large context",
      dockerfile: GOOD,
      facts: { contextSize: 75_400_000 },
      warns: ["the build context has 75 MB, more than 50: exclude what the build does not need in .dockerignore"],
    },
    {
      name: "a context without .dockerignore",
      dockerfile: GOOD,
      facts: { hasIgnoreFile: false },
      warns: ["no .dockerignore: every file of the context can end up in the image"],
    },
  ])("warns about $name", ({ dockerfile, facts, warns }) => {
    expect(warnings(dockerfile, facts)).toEqual(warns)
  })

  test("does not include the value of a secret", () => {
    expect(warnings(GOOD, { buildArgs: { PASSWORD: "hunter2" } }).join()).not.toContain("hunter2")
  })
})

describe("compiler", () => {
  test.each([
    ["golang:1.26", [], "golang:1.26"],
    ["docker.io/library/rust:1", [], "docker.io/library/rust:1"],
    ["mcr.microsoft.com/dotnet/sdk:9.0", [], "mcr.microsoft.com/dotnet/sdk:9.0"],
    ["eclipse-temurin:21-jdk-alpine", [], "eclipse-temurin:21-jdk-alpine"],
    ["debian:12", ["apt-get update && apt-get install -y gcc make"], "gcc"],
    ["alpine:3.22", ["apk add --no-cache build-base"], "build-base"],
    ["alpine:3.22", ["apk add build-base && make && apk del build-base"], undefined],
    ["eclipse-temurin:21-jre", [], undefined],
    ["node:24", ["npm ci"], undefined],
    ["acme/golang-service:1", [], undefined],
  ])("%s with %j leaves %s", (base, runs, compiler) => {
    expect(compilerIn(base, runs)).toBe(compiler)
  })
})

describe("secret shape", () => {
  const named = "its name suggests a secret"

  test.each([
    ["NPM_TOKEN", "x", named],
    ["db_password", "x", named],
    ["API_KEY", "x", named],
    ["APIKEY", "x", named],
    ["AWS_SECRET_ACCESS_KEY", "x", named],
    ["V", `ghp_${"a".repeat(36)}`, "its value looks like a GitHub token"],
    ["V", `glpat-${"a".repeat(20)}`, "its value looks like a GitLab token"],
    ["V", `AKIA${"A".repeat(16)}`, "its value looks like an AWS access key"],
    ["V", "eyJhbGciOi.eyJzdWIiOi.c2ln", "its value looks like a JSON web token"],
    ["V", "-----BEGIN EC PRIVATE KEY-----\n", "its value looks like a private key"],
    ["INDEX", "https://ci:hunter2@pypi.acme.com/simple", "its value looks like an address with a password"],
    ["NPM_TOKEN", "", undefined],
    ["TOKENIZER", "bpe", undefined],
    ["VERSION", "1.2.3", undefined],
    ["URL", "https://pypi.org/simple", undefined],
    ["COMMIT", "0a".repeat(20), undefined],
  ])("%s=%s: %s", (name, value, why) => {
    expect(secretShape(name, value)).toBe(why)
  })
})
