import { expect, test } from "vitest"
import { baseImages } from "../../lib/dockerfile/base-images.ts"
import { pinDockerfile, targetName } from "../../lib/dockerfile/pin.ts"
import { readDockerfile, requireStage } from "../../lib/dockerfile/stages.ts"

const options = { platforms: { target: "linux/arm64", build: "linux/amd64" }, buildArgs: {} }

/** Every image of the build by a digest that says which it is. */
function pin(text: string, target?: string): string {
  const file = readDockerfile(text, { ...options, ...(target && { target }) })
  const stage = requireStage(file.stages, target)
  const images = baseImages(file.stages, stage).map(({ image }) => image)
  const digests = new Map(images.map((image) => [image, `sha256:${image.replace(/\W/g, "-")}`]))
  return pinDockerfile(text, file, { digests, ...(target && { target: stage }) })
}

test.each([
  { name: "a base", text: "FROM a:1\n", pinned: "FROM a:1@sha256:a-1\n" },
  { name: "nothing on scratch", text: "FROM scratch", pinned: "FROM scratch" },
  { name: "no stage", text: "FROM a AS b\nFROM b", pinned: "FROM a@sha256:a AS b\nFROM b" },
  {
    name: "a base out of an ARG, which stays for who else reads it",
    text: 'ARG V="3" # x\nFROM a:${V}-slim AS B\nARG V\n',
    pinned: 'ARG V="3" # x\nFROM a:3-slim@sha256:a-3-slim AS b\nARG V\n',
  },
  {
    name: "a base on a platform",
    text: "FROM --platform=$BUILDPLATFORM a AS b\nFROM scratch\nCOPY --from=b / /",
    pinned: "FROM --platform=linux/amd64 a@sha256:a AS b\nFROM scratch\nCOPY --from=b / /",
  },
  {
    name: "a FROM of several lines, with the lines behind it in their place",
    text: "FROM \\\n# why\n  a \\\n  AS b\nRUN x",
    pinned: "FROM a@sha256:a AS b\n\n\n\nRUN x",
  },
  {
    name: "an image to copy from, among other flags and quotes",
    text: 'FROM scratch\nCOPY --link --from="t:1" --chown=1:1 /x /y\n',
    pinned: "FROM scratch\nCOPY --link --from=t:1@sha256:t-1 --chown=1:1 /x /y\n",
  },
  {
    name: "no file of that name",
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
    name: "an image that the heirs of a stage copy from",
    text: "FROM a AS b\nONBUILD COPY --from=t /x /x\nFROM b",
    pinned: "FROM a@sha256:a AS b\nONBUILD COPY --from=t@sha256:t /x /x\nFROM b",
  },
  { name: "nothing that has its digest", text: "FROM a@sha256:1", pinned: "FROM a@sha256:1" },
  {
    name: "no image of a stage that is not built, but its name",
    text: "ARG V=1\nFROM a:$V\nFROM b",
    pinned: "ARG V=1\nFROM a:1\nFROM b@sha256:b",
  },
  {
    name: "Windows lines and a byte order mark",
    text: "\uFEFFFROM a\r\nRUN x\r\n",
    pinned: "\uFEFFFROM a@sha256:a\r\nRUN x\r\n",
  },
  {
    name: "below another escape character",
    text: "# escape=`\nFROM a\nCOPY --fr`\nom=t C:\\x `\n  C:\\y\n",
    pinned: "# escape=`\nFROM a@sha256:a\nCOPY --from=t@sha256:t `\n C:\\x `\n  C:\\y\n",
  },
])("pins $name", ({ text, pinned }) => {
  expect(pin(text)).toBe(pinned)
})

test("a stage that is asked for by its number gets a name, which is all that the engine knows", () => {
  expect(pin("FROM a\nFROM b\n", "0")).toBe("FROM a@sha256:a AS slipway-target\nFROM b\n")
  expect(pin("FROM a AS x\nFROM b\n", "0")).toBe("FROM a@sha256:a AS x\nFROM b\n")
  const { stages } = readDockerfile("FROM a AS X\nFROM b", options)
  expect(stages.map(targetName)).toEqual(["x", "slipway-target"])
})

test.each([
  "FROM \\\n a\nCOPY --from=t \\\n  # x\n\n a b\nRUN --mount=from=m,target=/m <<A <<-B x\nFROM z\nA\n\tB\nUSER 1",
  "FROM a\r\nCOPY --fro\\\r\nm=t a b\r\nUSER 1",
])("what is pinned reads as before, line by line", (text) => {
  const shape = (dockerfile: string) =>
    readDockerfile(dockerfile, options).stages.map(({ line, instructions }) => [
      line,
      ...instructions.map(({ keyword, args, line }) => [keyword, args.replace(/\s+/g, " "), line]),
    ])
  expect(shape(pin(text))).toEqual(shape(text))
})
