import { describe, expect, test } from "vitest"
import { findStage, platformArgs, readPlatform, readStages, requireStage } from "../../lib/dockerfile/stages.ts"

describe("stages", () => {
  const platforms = { target: "linux/arm/v7", build: "linux/amd64" }
  const read = (text: string, buildArgs: Record<string, string> = {}) => readStages(text, { platforms, buildArgs })

  test.each([
    { name: "a plain FROM", text: "FROM alpine", stage: ["0", "alpine", "linux/arm/v7"] },
    { name: "a name, in lower case", text: "FROM alpine AS Build", stage: ["build", "alpine", "linux/arm/v7"] },
    { name: "the build platform", text: "FROM --platform=$BUILDPLATFORM a", stage: ["0", "a", "linux/amd64"] },
    { name: "a fixed platform", text: "FROM --platform=linux/s390x a", stage: ["0", "a", "linux/s390x"] },
    {
      name: "parts of a platform",
      text: "FROM a:$TARGETOS-$TARGETARCH-$TARGETVARIANT",
      stage: ["0", "a:linux-arm-v7", "linux/arm/v7"],
    },
    {
      name: "an ARG with a default",
      text: 'ARG V="3.22"\nFROM alpine:${V}',
      stage: ["0", "alpine:3.22", "linux/arm/v7"],
    },
    {
      name: "an ARG from an ARG",
      text: "ARG R=ghcr.io\nARG I=$R/app\nFROM $I",
      stage: ["0", "ghcr.io/app", "linux/arm/v7"],
    },
  ])("reads $name", ({ text, stage }) => {
    const [only] = read(text)
    expect([only?.name, only?.base, only?.platform]).toEqual(stage)
  })

  test.each([
    { name: "wins over a default", text: "ARG V=1\nFROM a:$V", base: "a:2" },
    { name: "fills an ARG without one", text: "ARG V\nFROM a:$V", base: "a:2" },
    { name: "is not visible without an ARG", text: "FROM a:$V", base: "a:" },
    { name: "is not visible before its ARG", text: "FROM a:$V\nARG V", base: "a:" },
  ])("a build arg $name", ({ text, base }) => {
    expect(read(text, { V: "2" })[0]?.base).toBe(base)
  })

  test("assigns instructions to the stage above them", () => {
    const stages = read("FROM a AS x\nRUN 1\nFROM b\nUSER 2\nRUN 3")
    expect(stages.map(({ instructions }) => instructions.map(({ text }) => text))).toEqual([["1"], ["2", "3"]])
  })

  test.each([
    [undefined, "final"],
    ["build", "build"],
    ["BUILD", "build"],
    ["1", "1"],
    ["nope", undefined],
  ])("the target %s is the stage %s", (target, name) => {
    expect(findStage(read("FROM a AS build\nFROM b\nFROM c AS final"), target)?.name).toBe(name)
  })

  test.each([
    {
      name: "an unknown target",
      text: "FROM a AS build\nFROM b",
      target: "relaese",
      message:
        'OPTIONS_INVALID: expected a target that the Dockerfile has, got "relaese". Pass one of its stages with --target: build, 1.',
    },
    {
      name: "a Dockerfile without a stage",
      text: "RUN x",
      target: undefined,
      message:
        "OPTIONS_INVALID: expected a Dockerfile with at least one FROM, got none. Begin the Dockerfile with FROM <image>.",
    },
  ])("refuses $name", ({ text, target, message }) => {
    expect(() => requireStage(read(text), target)).toThrow(message)
  })

  test("passes the engine's platform as the build platform", () => {
    expect(platformArgs({ target: "linux/arm/v7", build: "linux/amd64" })).toEqual({
      TARGETPLATFORM: "linux/arm/v7",
      TARGETOS: "linux",
      TARGETARCH: "arm",
      TARGETVARIANT: "v7",
      BUILDPLATFORM: "linux/amd64",
      BUILDOS: "linux",
      BUILDARCH: "amd64",
      BUILDVARIANT: "",
    })
  })
})

describe("platform", () => {
  test.each([
    ["linux/amd64", "linux/amd64"],
    ["amd64", "linux/amd64"],
    ["arm64", "linux/arm64"],
    ["arm", "linux/arm/v7"],
    ["armhf", "linux/arm/v7"],
    ["armel", "linux/arm/v6"],
    ["linux/arm", "linux/arm/v7"],
    ["linux/arm/7", "linux/arm/v7"],
    ["linux/arm/v6", "linux/arm/v6"],
    ["linux/arm64/v8", "linux/arm64"],
    ["linux/aarch64", "linux/arm64"],
    ["LINUX/x86_64", "linux/amd64"],
    ["x86-64", "linux/amd64"],
    ["linux/i386", "linux/386"],
    ["linux/amd64/v2", "linux/amd64/v2"],
    ["linux/amd64/v1", "linux/amd64"],
    ["linux", "linux/s390x"],
    ["windows(10.0.17763)/amd64", "windows/amd64"],
    ["macos/arm64", "darwin/arm64"],
    ["vax", undefined],
    ["", undefined],
    ["linux/", undefined],
    ["linux/a b", undefined],
    ["linux/arm/v7/x", undefined],
  ])("reads the platform %s as %s", (text, platform) => {
    expect(readPlatform(text, "linux/s390x")).toBe(platform)
  })
})
