import { expect, test } from "vitest"
import { type BuildFacts, buildWarnings } from "../../lib/build/warnings.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

const DIGEST = `sha256:${"0a".repeat(32)}`
const GOOD = `FROM golang:1.26@${DIGEST} AS build\nFROM scratch\nCOPY --from=build /a /a`

function warnings(dockerfile: string, facts: Partial<BuildFacts> = {}): string[] {
  const platforms = { target: "linux/arm64", build: "linux/amd64" }
  const stages = readStages(dockerfile, { platforms, buildArgs: {} })
  const quiet = { buildArgs: {}, user: "65532", contextSize: 1, hasIgnoreFile: true }
  return buildWarnings({ stages, target: requireStage(stages, undefined), ...quiet, ...facts })
}

test("a good build is silent", () => {
  expect(warnings(GOOD)).toEqual([])
})

const floats = (line: number, image: string) =>
  `Dockerfile:${line}: the tag of ${image} moves with every release: name a version, and pin it by digest`
const unpinned = (image: string) =>
  `Dockerfile:1: ${image} has no digest, so the same commit can become another image: add @sha256:…`
const root = "the image runs as root: end the Dockerfile with USER and a number above 0"

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
  { name: "root as nobody's choice", dockerfile: GOOD, facts: { user: "" }, warns: [root] },
  { name: "root by number and group", dockerfile: GOOD, facts: { user: "0:0" }, warns: [root] },
  { name: "root by name", dockerfile: GOOD, facts: { user: "root" }, warns: [root] },
  {
    name: "a secret given as a build arg",
    dockerfile: GOOD,
    facts: { buildArgs: { NPM_TOKEN: "hunter2" } },
    warns: [
      "build arg NPM_TOKEN: its name says that it is a secret, and it stays in the image: use RUN --mount=type=secret",
    ],
  },
  {
    name: "a secret written down",
    dockerfile: `${GOOD}\nENV A=1 K="AKIA${"A".repeat(16)}"`,
    warns: [
      "Dockerfile:4: ENV K: its value looks like an AWS access key, and it stays in the image: use RUN --mount=type=secret",
    ],
  },
  { name: "not a secret that comes from elsewhere", dockerfile: `${GOOD}\nENV TOKEN=$TOKEN`, warns: [] },
  {
    name: "a compiler in the only stage",
    dockerfile: `FROM golang:1.26@${DIGEST}`,
    warns: [
      `the only stage ships its compiler (golang:1.26@${DIGEST}): compile in one stage, COPY --from into a small one`,
    ],
  },
  {
    name: "a large context",
    dockerfile: GOOD,
    facts: { contextSize: 75_400_000 },
    warns: ["the build context has 75 MB, more than 50: leave out what is not built from in .dockerignore"],
  },
  {
    name: "a context without .dockerignore",
    dockerfile: GOOD,
    facts: { hasIgnoreFile: false },
    warns: ["there is no .dockerignore: every file of the context can end up in the image"],
  },
])("names $name", ({ dockerfile, facts, warns }) => {
  expect(warnings(dockerfile, facts)).toEqual(warns)
})

test("a secret's value is never repeated", () => {
  expect(warnings(GOOD, { buildArgs: { PASSWORD: "hunter2" } }).join()).not.toContain("hunter2")
})
