import { expect, test } from "vitest"
import { requireBuildable } from "../../lib/build/buildable.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"

function check(dockerfile: string, target?: string): void {
  const platforms = { target: "linux/arm64", build: "linux/amd64" }
  const stages = readStages(dockerfile, { platforms, buildArgs: {} })
  requireBuildable(stages, requireStage(stages, target))
}

test.each([
  { name: "a plain base", text: "FROM a" },
  { name: "scratch", text: "FROM scratch" },
  {
    name: "scratch, whatever its FROM says, for there is nothing in it",
    text: "FROM --platform=$BUILDPLATFORM scratch",
  },
  { name: "the platform under another name", text: "FROM --platform=linux/arm64/v8 a" },
  { name: "the platform under Docker's older name", text: "FROM --platform=linux/aarch64 a" },
  { name: "the target's platform", text: "FROM --platform=$TARGETPLATFORM a" },
  { name: "a stage to copy from", text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=b / /" },
  { name: "a stage's platform, over that of its own FROM", text: "FROM a AS b\nFROM --platform=linux/amd64 b" },
  { name: "a bind mount", text: "FROM a\nRUN --mount=type=bind,target=/src make" },
  { name: "a cache that is written", text: "FROM a\nRUN --mount=type=cache,target=/c,rw make" },
  { name: "a bind mount that says it is read", text: "FROM a\nRUN --mount=target=/src,rw=false make" },
])("$name is built", ({ text }) => {
  expect(() => check(text)).not.toThrow()
})

const ELSEWHERE = "Leave --platform out there: only stages that others copy from may run on another platform."
const platform = (from: string, line: number) =>
  `PLATFORM_MISSING: expected an image for linux/arm64, got FROM --platform=${from} (Dockerfile, line ${line}), which the built stage begins from. ${ELSEWHERE}`
const FIXED =
  "PLATFORM_MISSING: expected an image for linux/arm64, got FROM --platform=linux/s390x a (Dockerfile, line 1), which the built stage begins from. Leave --platform out there, or build for linux/s390x alone: platforms: [linux/s390x] in slipway.yaml, or --platforms=linux/s390x."
const mount = (flag: string, line: number) =>
  `OPTIONS_INVALID: expected bind mounts that are only read, as is the default, got RUN --mount=${flag} (Dockerfile, line ${line}). Dagger's engine cannot build with it: leave rw out, and COPY what the command has to change.`

test.each([
  {
    name: "an image that is always of one platform",
    text: "FROM --platform=linux/s390x a",
    message: FIXED,
  },
  {
    name: "the build platform in the last stage",
    text: "# x\nFROM --platform=$BUILDPLATFORM a AS b\nRUN make\nFROM b",
    message: platform("linux/amd64 a", 2),
  },
  {
    name: "the build platform in the target",
    text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM c",
    target: "b",
    message: platform("linux/amd64 a", 1),
  },
  {
    name: "a bind mount that is written",
    text: "FROM a\nRUN --mount=type=bind,target=/src,rw make",
    message: mount("type=bind,target=/src,rw", 2),
  },
  {
    name: "a mount of the default type that is written",
    text: "FROM a\nRUN --mount=target=/src,readwrite=true make",
    message: mount("target=/src,readwrite=true", 2),
  },
])("$name is refused", ({ text, target, message }) => {
  expect(() => check(text, target)).toThrow(message)
})
