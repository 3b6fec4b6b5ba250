import { expect, test } from "vitest"
import { parseRequest } from "../../lib/build/request.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

const PLATFORMS = { platforms: { target: "linux/amd64", build: "linux/amd64" }, buildArgs: {} }
const stageOf = (dockerfile: string, target?: string) => requireStage(readStages(dockerfile, PLATFORMS), target)
const WITHIN = (what: string) =>
  `Write the path of the ${what} relative to the source; pass a larger --source if it is outside.`
const PAIR = "=value; the value may be empty, but the name and the = are required."

// Complete messages: expected, got and fix. Each error is thrown before the build.
test.each([
  {
    name: "an architecture alone",
    act: () => parseRequest({ platforms: ["arm64"] }),
    message:
      'PLATFORM_INVALID: expected os/architecture[/variant], such as linux/amd64 or linux/arm/v7, got "arm64". Use the names in https://go.dev/doc/install/source#environment.',
  },
  {
    name: "no platform",
    act: () => parseRequest({ platforms: [] }),
    message:
      'PLATFORM_INVALID: expected one or more different platforms, got "". Pass, for example, --platforms=linux/amd64,linux/arm64.',
  },
  {
    name: "a platform under two names",
    act: () => parseRequest({ platforms: ["linux/arm64", "linux/arm64/v8"] }),
    message:
      "PLATFORM_INVALID: expected one or more different platforms, got linux/arm64 twice. Pass, for example, --platforms=linux/amd64,linux/arm64.",
  },
  {
    name: "an absolute path of a Dockerfile",
    act: () => parseRequest({ dockerfile: "/etc/Dockerfile" }),
    message: `OPTIONS_INVALID: expected a path of the Dockerfile within the source, got "/etc/Dockerfile". ${WITHIN("Dockerfile")}`,
  },
  {
    name: "a context outside the source",
    act: () => parseRequest({ context: "../other" }),
    message: `OPTIONS_INVALID: expected a path of the context within the source, got "../other". ${WITHIN("context")}`,
  },
  {
    name: "a build arg without a value",
    act: () => parseRequest({ buildArgs: ["VERSION"] }),
    message: `OPTIONS_INVALID: expected each build arg once, as NAME=value, got "VERSION". Write --build-args=NAME${PAIR}`,
  },
  {
    name: "a build arg with an invalid name, without its value, which may be a secret",
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
    name: "an unknown target",
    act: () => stageOf("FROM a AS build\nFROM b AS prod\n", "production"),
    message:
      'OPTIONS_INVALID: expected a target that the Dockerfile has, got "production". Pass one of its stages with --target: build, prod.',
  },
  {
    name: "a Dockerfile without a stage",
    act: () => stageOf("# nothing\n"),
    message:
      "OPTIONS_INVALID: expected a Dockerfile with at least one FROM, got none. Begin the Dockerfile with FROM <image>.",
  },
])("refuses $name with the complete message", ({ act, message }) => {
  expect(act).toThrow(message)
})
