import { describe, expect, test } from "vitest"
import { baseImages, requireReadable, resolveAnyBases } from "../../lib/dockerfile/base-images.ts"
import { readDockerfile, readStages, requireStage } from "../../lib/dockerfile/stages.ts"
import { fakeTools } from "../fake-tool.ts"

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
      name: "an image to copy from, for the target's platform on whatever stage",
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
      name: "an image to mount, whose name is no stage's number",
      text: "FROM a\nFROM b\nRUN --mount=from=0,target=/m x",
      found: ["b linux/arm64 2", "0 linux/arm64 3"],
    },
    { name: "no stage that is not needed", text: "FROM a AS unused\nFROM b", found: ["b linux/arm64 2"] },
    { name: "an image with a later stage's name", text: "FROM b\nFROM c AS b", found: ["c linux/arm64 2"] },
    { name: "nothing", text: "FROM scratch", found: [] },
  ])("a build needs $name", ({ text, found }) => {
    expect(bases(text)).toEqual(found)
  })

  test("a target needs nothing of what comes after it", () => {
    expect(bases("FROM a AS one\nFROM b AS two", "one")).toEqual(["a linux/arm64 1"])
  })
})

describe("readable", () => {
  const SEE = "See https://docs.docker.com/reference/dockerfile/ for what can stand there."
  test.each([
    {
      name: "a base without its build arg",
      text: "ARG VARIANT\nFROM base:${VARIANT}",
      got: '"base:" as the image of FROM base:${VARIANT} (Dockerfile line 2: VARIANT has no value: pass --build-args=VARIANT=…, or build.args in slipway.yaml)',
    },
    {
      name: "a base out of two of them",
      text: "ARG A B\nFROM $A:$B",
      got: '":" as the image of FROM $A:$B (Dockerfile line 2: A, B have no value: pass --build-args=A=… --build-args=B=…, or build.args in slipway.yaml)',
    },
    {
      name: "a base whose variable belongs to a stage",
      text: "FROM x\nARG V=1\nFROM y:$V",
      got: '"y:" as the image of FROM y:$V (Dockerfile line 3: V has no value: write ARG V above the first FROM)',
    },
    {
      name: "an image to copy from that is none",
      text: "FROM x\nCOPY --from=A:b:c / /",
      got: "COPY --from=A:b:c, which is neither a stage nor the name of an image (Dockerfile line 2)",
    },
    {
      name: "a variable where none is replaced",
      text: "ARG V=1\nFROM x\nCOPY --from=y:$V / /",
      got: "COPY --from=y:$V, where variables are not replaced (Dockerfile line 3: write FROM y:$V AS <name> and take from=<name>)",
    },
    {
      name: "a value that is demanded",
      text: "FROM x:${V:?which}",
      got: "FROM x:${V:?which}: V: which (Dockerfile line 1: V has no value: write ARG V above the first FROM)",
    },
    {
      name: "a demanded value that is declared",
      text: "ARG V\nFROM x:${V:?which}",
      got: "FROM x:${V:?which}: V: which (Dockerfile line 2: V has no value: pass --build-args=V=…, or build.args in slipway.yaml)",
    },
    {
      name: "a demanded value of an ARG",
      text: "ARG V\nARG W=${V:?}\nFROM x:$W",
      got: "ARG W=${V:?}: V: it may not be unset (Dockerfile line 2: V has no value: pass --build-args=V=…, or build.args in slipway.yaml)",
    },
    {
      name: "another fault beside a variable without a value",
      text: "ARG V\nFROM x:$V${W:!}",
      got: "FROM x:$V${W:!}: W has the unknown modifier :! (Dockerfile line 2)",
    },
    {
      name: "a platform that is none",
      text: "FROM --platform=no/such/thing/here x",
      got: "FROM --platform=no/such/thing/here: no platform (Dockerfile line 1)",
    },
    {
      name: "a platform without a value",
      text: "ARG P\nFROM --platform=$P x",
      got: "FROM --platform=$P (Dockerfile line 2: P has no value: pass --build-args=P=…, or build.args in slipway.yaml)",
    },
    {
      name: "a heredoc without end",
      text: "FROM x\nRUN <<EOF\nFROM y:",
      got: "a heredoc without its end, a line EOF (Dockerfile line 2)",
    },
    {
      name: "a comment behind a FROM",
      text: "FROM x # y",
      got: "FROM x # y, which is neither FROM <image> nor FROM <image> AS <name> (Dockerfile line 1)",
    },
  ])("refuses $name, with line and way out", ({ text, got }) => {
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

  test("each image that is built from is looked up once", async () => {
    fakeTools(() => ({}), { imageRef: async () => `go@${digest}` })
    expect(await resolveAnyBases([base("go:1"), base("go:1")])).toEqual([{ name: "go:1", digest }])
  })

  test("a registry that says nothing is not waited for without end", async () => {
    fakeTools(() => ({}), { imageRef: () => new Promise(() => {}) })
    await expect(resolveAnyBases([base("go:1")], 0.01)).rejects.toThrow(
      'REGISTRY_FAILED: expected an image to begin from (Dockerfile line 2) that can be pulled, here "go:1", got "no answer of its registry within 0.01 s".',
    )
  })
})
