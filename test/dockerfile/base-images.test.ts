import { describe, expect, test } from "vitest"
import {
  baseImages,
  pinDockerfile,
  requireReadable,
  resolveAnyBases,
  targetName,
} from "../../lib/dockerfile/base-images.ts"
import { readDockerfile, readStages, requireStage } from "../../lib/dockerfile/stages.ts"
import { fakeTools } from "../fake-tool.ts"

describe("base images", () => {
  describe("base images", () => {
    function bases(text: string, target?: string): string[] {
      const stages = readStages(text, { platforms: { target: "linux/arm64", build: "linux/amd64" }, buildArgs: {} })
      return baseImages(stages, requireStage(stages, target)).map(
        ({ image, platform, line }) => `${image} ${platform} ${line}`,
      )
    }

    test.each([
      { name: "the only stage", text: "FROM a", found: ["a linux/arm64 1"] },
      {
        name: "a stage on the build platform",
        text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM scratch\nCOPY --from=b / /",
        found: ["a linux/amd64 1"],
      },
      { name: "a stage on another stage", text: "FROM a AS b\nFROM b\nRUN x", found: ["a linux/arm64 1"] },
      { name: "a stage by number", text: "FROM a\nFROM scratch\nCOPY --from=0 / /", found: ["a linux/arm64 1"] },
      {
        name: "an image to copy from",
        text: "FROM a\nCOPY --from=tools:1 /x /x",
        found: ["a linux/arm64 1", "tools:1 linux/arm64 2"],
      },
      {
        name: "an image to copy from, for the target's platform in any stage",
        text: "FROM --platform=$BUILDPLATFORM a\nCOPY --from=tools:1 /x /x",
        found: ["a linux/amd64 1", "tools:1 linux/arm64 2"],
      },
      {
        name: "a platform in its other spelling",
        text: "FROM --platform=linux/x86_64 a\nCOPY --from=b / /",
        found: ["a linux/amd64 1", "b linux/arm64 2"],
      },
      {
        name: "an image to mount",
        text: "FROM a\nRUN --mount=type=bind,from=m,target=/m x",
        found: ["a linux/arm64 1", "m linux/arm64 2"],
      },
      {
        name: "an image to mount, whose name is a number",
        text: "FROM a\nFROM b\nRUN --mount=from=0,target=/m x",
        found: ["b linux/arm64 2", "0 linux/arm64 3"],
      },
      { name: "no unused stage", text: "FROM a AS unused\nFROM b", found: ["b linux/arm64 2"] },
      { name: "an image with a later stage's name", text: "FROM b\nFROM c AS b", found: ["c linux/arm64 2"] },
      { name: "nothing", text: "FROM scratch", found: [] },
    ])("a build needs $name", ({ text, found }) => {
      expect(bases(text)).toEqual(found)
    })

    test("a target needs no stage after it", () => {
      expect(bases("FROM a AS one\nFROM b AS two", "one")).toEqual(["a linux/arm64 1"])
    })
  })

  describe("readable", () => {
    const SEE = "Correct that line; https://docs.docker.com/reference/dockerfile/ describes the syntax."
    test.each([
      {
        name: "a base without its build arg",
        text: "ARG VARIANT\nFROM base:${VARIANT}",
        got: '"base:" as the image of FROM base:${VARIANT} (Dockerfile line 2: VARIANT has no value: pass --build-args=VARIANT=…, or set build.args in slipway.yaml)',
      },
      {
        name: "a base without its two build args",
        text: "ARG A B\nFROM $A:$B",
        got: '":" as the image of FROM $A:$B (Dockerfile line 2: A, B have no value: pass --build-args=A=… --build-args=B=…, or set build.args in slipway.yaml)',
      },
      {
        name: "a base whose variable belongs to a stage",
        text: "FROM x\nARG V=1\nFROM y:$V",
        got: '"y:" as the image of FROM y:$V (Dockerfile line 3: V has no value: write ARG V above the first FROM)',
      },
      {
        name: "an image to copy from with an invalid name",
        text: "FROM x\nCOPY --from=A:b:c / /",
        got: "COPY --from=A:b:c, which is neither a stage nor the name of an image (Dockerfile line 2)",
      },
      {
        name: "a variable in COPY --from",
        text: "ARG V=1\nFROM x\nCOPY --from=y:$V / /",
        got: "COPY --from=y:$V, where variables are not replaced (Dockerfile line 3: write FROM y:$V AS <name> and take from=<name>)",
      },
      {
        name: "a required variable that is not declared",
        text: "FROM x:${V:?which}",
        got: "FROM x:${V:?which}: V: which (Dockerfile line 1: V has no value: write ARG V above the first FROM)",
      },
      {
        name: "a required variable that is declared",
        text: "ARG V\nFROM x:${V:?which}",
        got: "FROM x:${V:?which}: V: which (Dockerfile line 2: V has no value: pass --build-args=V=…, or set build.args in slipway.yaml)",
      },
      {
        name: "a required variable in an ARG",
        text: "ARG V\nARG W=${V:?}\nFROM x:$W",
        got: "ARG W=${V:?}: V: it must not be unset (Dockerfile line 2: V has no value: pass --build-args=V=…, or set build.args in slipway.yaml)",
      },
      {
        name: "another fault next to a variable without a value",
        text: "ARG V\nFROM x:$V${W:!}",
        got: "FROM x:$V${W:!}: W has the unknown modifier :! (Dockerfile line 2)",
      },
      {
        name: "an invalid platform",
        text: "FROM --platform=no/such/thing/here x",
        got: "FROM --platform=no/such/thing/here: not a platform (Dockerfile line 1)",
      },
      {
        name: "a platform without a value",
        text: "ARG P\nFROM --platform=$P x",
        got: "FROM --platform=$P (Dockerfile line 2: P has no value: pass --build-args=P=…, or set build.args in slipway.yaml)",
      },
      {
        name: "a heredoc without a terminator",
        text: "FROM x\nRUN <<EOF\nFROM y:",
        got: "a heredoc without its terminator EOF (Dockerfile line 2)",
      },
      {
        name: "a comment after FROM on the same line",
        text: "FROM x # y",
        got: "FROM x # y, which is neither FROM <image> nor FROM <image> AS <name> (Dockerfile line 1)",
      },
    ])("refuses $name, with line and fix", ({ text, got }) => {
      const platforms = { target: "linux/arm64", build: "linux/amd64" }
      const file = readDockerfile(text, { platforms, buildArgs: {} })
      expect(() => requireReadable(file)).toThrow(
        `DOCKERFILE_INVALID: expected a Dockerfile that can be built, got ${got}. ${SEE}`,
      )
    })
  })

  describe("resolved base", () => {
    const digest = `sha256:${"0a".repeat(32)}`
    const base = (image: string) => ({ image, platform: "linux/amd64", stage: "test", line: 2 })

    test("resolves each base image once", async () => {
      fakeTools(() => ({}), { imageRef: async () => `go@${digest}` })
      expect(await resolveAnyBases([base("go:1"), base("go:1")])).toEqual([{ name: "go:1", digest }])
    })

    test("gives up on a registry that does not respond", async () => {
      fakeTools(() => ({}), { imageRef: () => new Promise(() => {}) })
      await expect(resolveAnyBases([base("go:1")], 0.01)).rejects.toThrow(
        'REGISTRY_FAILED: expected an image to begin from (Dockerfile line 2) that can be pulled, here "go:1", got "no answer of its registry within 0.01 s".',
      )
    })
  })
})

describe("pin", () => {
  const options = { platforms: { target: "linux/arm64", build: "linux/amd64" }, buildArgs: {} }

  /** Pins every image to a digest that names the image. */
  function pin(text: string, target?: string): string {
    const file = readDockerfile(text, { ...options, ...(target && { target }) })
    const stage = requireStage(file.stages, target)
    const images = baseImages(file.stages, stage).map(({ image }) => image)
    const digests = new Map(images.map((image) => [image, `sha256:${image.replace(/\W/g, "-")}`]))
    return pinDockerfile(text, file, { digests, ...(target && { target: stage }) })
  }

  test.each([
    { name: "a base", text: "FROM a:1\n", pinned: "FROM a:1@sha256:a-1\n" },
    { name: "nothing for scratch", text: "FROM scratch", pinned: "FROM scratch" },
    { name: "no stage", text: "FROM a AS b\nFROM b", pinned: "FROM a@sha256:a AS b\nFROM b" },
    {
      name: "a base from an ARG, which stays for its other uses",
      text: 'ARG V="3" # x\nFROM a:${V}-slim AS B\nARG V\n',
      pinned: 'ARG V="3" # x\nFROM a:3-slim@sha256:a-3-slim AS b\nARG V\n',
    },
    {
      name: "a base on a platform",
      text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM scratch\nCOPY --from=b / /",
      pinned: "FROM --platform=linux/amd64 a@sha256:a AS b\nFROM scratch\nCOPY --from=b / /",
    },
    {
      name: "a FROM of several lines, with the lines after it in their place",
      text: "FROM \\\n# why\n  a \\\n  AS b\nRUN x",
      pinned: "FROM a@sha256:a AS b\n\n\n\nRUN x",
    },
    {
      name: "an image to copy from, among other flags and quotes",
      text: 'FROM scratch\nCOPY --link --from="t:1" --chown=1:1 /x /y\n',
      pinned: "FROM scratch\nCOPY --link --from=t:1@sha256:t-1 --chown=1:1 /x /y\n",
    },
    {
      name: "no file with the name of an image",
      text: "FROM t:1\nCOPY t:1 /t:1\nRUN echo --from=t:1\n",
      pinned: "FROM t:1@sha256:t-1\nCOPY t:1 /t:1\nRUN echo --from=t:1\n",
    },
    {
      name: "an image to mount",
      text: "FROM scratch\nRUN --mount=target=/a --mount=type=bind,From=m,target=/m <<EOF\nx --mount=from=m\nEOF\n",
      pinned:
        "FROM scratch\nRUN --mount=target=/a --mount=type=bind,from=m@sha256:m,target=/m <<EOF\nx --mount=from=m\nEOF\n",
    },
    {
      name: "a mount whose options are quoted",
      text: "FROM scratch\nRUN --mount='from=m,\"source=/a,b\",target=/it\\'s' x",
      pinned: "FROM scratch\nRUN '--mount=from=m@sha256:m,\"source=/a,b\",target=/it\\'s' x",
    },
    {
      name: "an image in ONBUILD COPY",
      text: "FROM a AS b\nONBUILD COPY --from=t /x /x\nFROM b",
      pinned: "FROM a@sha256:a AS b\nONBUILD COPY --from=t@sha256:t /x /x\nFROM b",
    },
    { name: "nothing that has a digest", text: "FROM a@sha256:1", pinned: "FROM a@sha256:1" },
    {
      name: "no image of an unused stage, but expands its name",
      text: "ARG V=1\nFROM a:$V\nFROM b",
      pinned: "ARG V=1\nFROM a:1\nFROM b@sha256:b",
    },
    {
      name: "Windows lines and a byte order mark",
      text: "\uFEFFFROM a\r\nRUN x\r\n",
      pinned: "\uFEFFFROM a@sha256:a\r\nRUN x\r\n",
    },
    {
      name: "with another escape character",
      text: "# escape=`\nFROM a\nCOPY --fr`\nom=t C:\\x `\n  C:\\y\n",
      pinned: "# escape=`\nFROM a@sha256:a\nCOPY --from=t@sha256:t `\n C:\\x `\n  C:\\y\n",
    },
  ])("pins $name", ({ text, pinned }) => {
    expect(pin(text)).toBe(pinned)
  })

  test("names a stage that was requested by number, because the engine accepts only names", () => {
    expect(pin("FROM a\nFROM b\n", "0")).toBe("FROM a@sha256:a AS slipway-target\nFROM b\n")
    expect(pin("FROM a AS x\nFROM b\n", "0")).toBe("FROM a@sha256:a AS x\nFROM b\n")
    const { stages } = readDockerfile("FROM a AS X\nFROM b", options)
    expect(stages.map(targetName)).toEqual(["x", "slipway-target"])
  })

  test.each([
    "FROM \\\n a\nCOPY --from=t \\\n  # x\n\n a b\nRUN --mount=from=m,target=/m <<A <<-B x\nFROM z\nA\n\tB\nUSER 1",
    "FROM a\r\nCOPY --fro\\\r\nm=t a b\r\nUSER 1",
  ])("keeps every instruction on its line", (text) => {
    const shape = (dockerfile: string) =>
      readDockerfile(dockerfile, options).stages.map(({ line, instructions }) => [
        line,
        ...instructions.map(({ keyword, args, line }) => [keyword, args.replace(/\s+/g, " "), line]),
      ])
    expect(shape(pin(text))).toEqual(shape(text))
  })
})
