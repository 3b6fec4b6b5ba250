import { expect, test } from "vitest"
import { parseRequest } from "../../lib/build/request.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

const PLATFORMS = { platforms: { target: "linux/amd64", build: "linux/amd64" }, buildArgs: {} }
const stageOf = (dockerfile: string, target?: string) => requireStage(readStages(dockerfile, PLATFORMS), target)
const WITHIN = (what: string) => `Give the ${what} relative to the source; pass a larger --source if it lies outside.`
const PAIR = "=value; the value may be empty, the name and the = may not be left out."

// Whole sentences: what was expected, what was got, what to do. Nothing has been built yet when they are said.
test.each([
  {
    name: "an architecture alone",
    act: () => parseRequest({ platforms: ["arm64"] }),
    message:
      'PLATFORM_INVALID: expected os/architecture[/variant], such as linux/amd64 or linux/arm/v7, got "arm64". See https://go.dev/doc/install/source#environment for the names.',
  },
  {
    name: "no platform",
    act: () => parseRequest({ platforms: [] }),
    message:
      'PLATFORM_INVALID: expected one or more different platforms, got "". Pass for example --platforms=linux/amd64,linux/arm64.',
  },
  {
    name: "a platform under two names",
    act: () => parseRequest({ platforms: ["linux/arm64", "linux/arm64/v8"] }),
    message:
      "PLATFORM_INVALID: expected one or more different platforms, got linux/arm64 twice. Pass for example --platforms=linux/amd64,linux/arm64.",
  },
  {
    name: "a Dockerfile of the machine",
    act: () => parseRequest({ dockerfile: "/etc/Dockerfile" }),
    message: `OPTIONS_INVALID: expected a path of the Dockerfile within the source, got "/etc/Dockerfile". ${WITHIN("Dockerfile")}`,
  },
  {
    name: "a context beside the source",
    act: () => parseRequest({ context: "../other" }),
    message: `OPTIONS_INVALID: expected a path of the context within the source, got "../other". ${WITHIN("context")}`,
  },
  {
    name: "a build arg without a value",
    act: () => parseRequest({ buildArgs: ["VERSION"] }),
    message: `OPTIONS_INVALID: expected each build arg once, as NAME=value, got "VERSION". Write --build-args=NAME${PAIR}`,
  },
  {
    name: "a build arg whose name is none, without its value, which may be a secret",
    act: () => parseRequest({ buildArgs: ["1A=hunter2"] }),
    message: `OPTIONS_INVALID: expected each build arg once, as NAME=value, got "1A=…". Write --build-args=NAME${PAIR}`,
  },
  {
    name: "a label without a name",
    act: () => parseRequest({ labels: ["=x"] }),
    message: `OPTIONS_INVALID: expected each label once, as NAME=value, got "=…". Write --labels=NAME${PAIR}`,
  },
  {
    name: "a secret's id that is a path",
    act: () => parseRequest({ secretIds: ["../token"] }),
    message:
      'OPTIONS_INVALID: expected a secret id of letters, digits, dots, dashes and underscores, got "../token". Use the id of the Dockerfile\'s RUN --mount=type=secret,id=<id>.',
  },
  {
    name: "a target that there is not",
    act: () => stageOf("FROM a AS build\nFROM b AS prod\n", "production"),
    message:
      'OPTIONS_INVALID: expected a target that the Dockerfile has, got "production". Its stages are: build, prod; name one with --target.',
  },
  {
    name: "a Dockerfile without a stage",
    act: () => stageOf("# nothing\n"),
    message:
      "OPTIONS_INVALID: expected a Dockerfile with at least one FROM, got none. Begin the Dockerfile with FROM <image>.",
  },
])("$name is refused in so many words", ({ act, message }) => {
  expect(act).toThrow(message)
})
