import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { findRecipe, licenseName, requireBuildable } from "../../lib/build/reading.ts"
import { parseRequest } from "../../lib/build/request.ts"
import { readStages, requireStage } from "../../lib/dockerfile/stages.ts"
import { shipAdvice } from "../../lib/ship/step-advice.ts"
import { stubDirectory } from "../stub-directory.ts"

describe("recipe", () => {
  type Where = { dockerfile?: string; context?: string }
  const find = (files: Record<string, string>, options: Where = {}) =>
    findRecipe(stubDirectory(files), parseRequest(options))
  const MONOREPO = { "README.md": "", "web/Dockerfile": "FROM web\n", "services/api/Dockerfile": "FROM api\n" }

  test("suggests init and the Dockerfiles below the root for a source without settings", async () => {
    const error =
      "DOCKERFILE_NOT_FOUND: expected a Dockerfile at Dockerfile in ., or a slipway.yaml that configures the build, " +
      "got Dockerfiles at web/Dockerfile, services/api/Dockerfile. Run init, which writes a slipway.yaml for these Dockerfiles, "
    await expect(find(MONOREPO)).rejects.toThrow(error)
  })

  test("has a fix that ship translates to its settings", async () => {
    const message = await find(MONOREPO).then(String, ({ message }: Error) => shipAdvice(message))
    expect(message).toMatch(
      /or pass one with build\.dockerfile and its folder with build\.context\. Nothing was built\.$/,
    )
  })

  test.each<{ name: string; files: Record<string, string>; options: Where; got: string }>([
    {
      name: "with settings",
      files: { ...MONOREPO, "slipway.yaml": "" },
      options: {},
      got: "README.md, web/, services/",
    },
    {
      name: "with another name requested",
      files: MONOREPO,
      options: { dockerfile: "app.Dockerfile" },
      got: "README.md",
    },
    { name: "with a folder requested", files: MONOREPO, options: { context: "services" }, got: "api/" },
    { name: "without any", files: { "README.md": "", "examples/a/Dockerfile": "" }, options: {}, got: "README.md" },
  ])("lists the folder without a Dockerfile: $name", async ({ files, options, got }) => {
    const { dockerfile = "Dockerfile", context = "." } = options
    await expect(find(files, options)).rejects.toThrow(
      `DOCKERFILE_NOT_FOUND: expected a Dockerfile at ${dockerfile} in ${context}, got ${got}`,
    )
  })

  test.each([
    { name: "in the context", options: { context: "web" }, text: "FROM web\n" },
    { name: "in the source", options: { context: "web", dockerfile: "services/api/Dockerfile" }, text: "FROM api\n" },
  ])("reads the Dockerfile $name", async ({ options, text }) => {
    expect((await find(MONOREPO, options)).text).toBe(text)
  })
})

describe("buildable", () => {
  function check(dockerfile: string, target?: string): void {
    const platforms = { target: "linux/arm64", build: "linux/amd64" }
    const stages = readStages(dockerfile, { platforms, buildArgs: {} })
    requireBuildable(stages, requireStage(stages, target))
  }

  test.each([
    { name: "a plain base", text: "FROM a" },
    { name: "scratch", text: "FROM scratch" },
    {
      name: "scratch with any platform, because it is empty",
      text: "FROM --platform=$BUILDPLATFORM scratch",
    },
    { name: "the platform under another name", text: "FROM --platform=linux/arm64/v8 a" },
    { name: "the platform under Docker's older name", text: "FROM --platform=linux/aarch64 a" },
    { name: "the target's platform", text: "FROM --platform=$TARGETPLATFORM a" },
    { name: "a stage to copy from", text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=b / /" },
    {
      name: "a stage on another stage, whose platform wins over its FROM",
      text: "FROM a AS b\nFROM --platform=linux/amd64 b",
    },
    { name: "a bind mount", text: "FROM a\nRUN --mount=type=bind,target=/src make" },
    { name: "a writable cache", text: "FROM a\nRUN --mount=type=cache,target=/c,rw make" },
    { name: "a bind mount with rw=false", text: "FROM a\nRUN --mount=target=/src,rw=false make" },
  ])("accepts $name", ({ text }) => {
    expect(() => check(text)).not.toThrow()
  })

  const ELSEWHERE = "Remove --platform there: only stages that others copy from may run on another platform."
  const platform = (from: string, line: number) =>
    `PLATFORM_MISSING: expected an image for linux/arm64, got FROM --platform=${from} (Dockerfile, line ${line}) as the base of the built stage. ${ELSEWHERE}`
  const FIXED =
    "PLATFORM_MISSING: expected an image for linux/arm64, got FROM --platform=linux/s390x a (Dockerfile, line 1) as the base of the built stage. Remove --platform there, or build for linux/s390x only: set platforms: [linux/s390x] in slipway.yaml, or --platforms=linux/s390x."
  const mount = (flag: string, line: number) =>
    `OPTIONS_INVALID: expected read-only bind mounts, which are the default, got RUN --mount=${flag} (Dockerfile, line ${line}). Remove rw, and COPY what the command has to change: Dagger's engine does not support writable bind mounts.`

  test.each([
    {
      name: "a fixed platform",
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
      name: "a writable bind mount",
      text: "FROM a\nRUN --mount=type=bind,target=/src,rw make",
      message: mount("type=bind,target=/src,rw", 2),
    },
    {
      name: "a writable mount of the default type",
      text: "FROM a\nRUN --mount=target=/src,readwrite=true make",
      message: mount("target=/src,readwrite=true", 2),
    },
  ])("refuses $name", ({ text, target, message }) => {
    expect(() => check(text, target)).toThrow(message)
  })
})

describe("license", () => {
  test("recognises this project's licence", () => {
    expect(licenseName(readFileSync("LICENSE", "utf8"))).toBe("Apache-2.0")
  })

  test.each([
    ["MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\nof", "MIT"],
    ["GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3, 19 November 2007", "AGPL-3.0-only"],
    ["                    GNU GENERAL PUBLIC LICENSE\n                       Version 2, June 1991", "GPL-2.0-only"],
    ["Redistribution and use in source and binary forms …\nNeither the name of X nor the names of its", "BSD-3-Clause"],
    ["Redistribution and use in source and binary forms, with", "BSD-2-Clause"],
    ["SPDX-License-Identifier: MIT OR Apache-2.0\n", "MIT OR Apache-2.0"],
    ["All rights reserved.", undefined],
  ])("recognises %j as %s", (text, name) => {
    expect(licenseName(text)).toBe(name)
  })
})
