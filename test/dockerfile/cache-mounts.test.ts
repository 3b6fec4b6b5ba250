import { expect, test } from "vitest"
import { cacheMounts } from "../../lib/dockerfile/cache-mounts.ts"
import { readDockerfile, requireStage } from "../../lib/dockerfile/stages.ts"

function mounts(text: string, args: Record<string, string> = {}, target?: string) {
  const platforms = { target: "linux/arm64", build: "linux/amd64" }
  const file = readDockerfile(text, { platforms, buildArgs: args, ...(target && { target }) })
  return cacheMounts(file, requireStage(file.stages, target), { args: { TARGETARCH: "arm64", ...args } }).map(
    ({ id, sharing, stage, base, skipped }) => `${id} ${sharing} ${stage} ${base}${skipped ? `: ${skipped}` : ""}`,
  )
}

test.each([
  {
    name: "the target as the id",
    text: "RUN --mount=type=cache,target=/root/.npm npm ci",
    found: ["/root/.npm shared"],
  },
  { name: "a target with a slash", text: "RUN --mount=type=cache,target=/root//.npm/ x", found: ["/root/.npm shared"] },
  { name: "a relative target", text: "RUN --mount=type=cache,dst=./.gradle x", found: [".gradle shared"] },
  {
    name: "an id and a sharing mode",
    text: "RUN --mount=type=cache,id=apt,target=/var/cache/apt,sharing=locked x",
    found: ["apt locked"],
  },
  {
    name: "two mounts of one RUN",
    text: "RUN --mount=type=cache,target=/a --mount=type=cache,target=/b,sharing=private x",
    found: ["/a shared", "/b private"],
  },
  {
    name: "one volume that two RUN share",
    text: "RUN --mount=type=cache,target=/a x\nRUN --mount=type=cache,target=/a y",
    found: ["/a shared"],
  },
  {
    name: "a predefined argument in the id",
    text: "ARG TARGETARCH\nRUN --mount=type=cache,id=go-$TARGETARCH,target=/c x",
    found: ["go-arm64 shared"],
  },
  {
    name: "a default and an ENV",
    text: "ARG HOME=/home/me\nENV CACHE=$HOME/.cache\nRUN --mount=type=cache,target=$CACHE/pip x",
    found: ["/home/me/.cache/pip shared"],
  },
  { name: "no other mount", text: "RUN --mount=type=bind,target=/s --mount=type=tmpfs,target=/t x", found: [] },
])("reads $name", ({ text, found }) => {
  expect(mounts(`FROM a:1\n${text}`)).toEqual(found.map((one) => `${one} 0 a:1`))
})

test("leaves out the mounts of stages that are not built, and takes those that are copied from", () => {
  const text = `FROM a:1 AS deps
RUN --mount=type=cache,target=/deps x
FROM b:1 AS other
RUN --mount=type=cache,target=/other x
FROM deps
COPY --from=deps /x /x
RUN --mount=type=cache,target=/own x
`
  expect(mounts(text)).toEqual(["/own shared 2 a:1", "/deps shared deps a:1"])
})

test("takes the ENV of the stage that a stage is based on, but not its ARG", () => {
  const text = "FROM a:1 AS base\nENV HOME=/home/me\nARG OWN=1\nFROM base\n"
  expect(mounts(`${text}RUN --mount=type=cache,target=$HOME/.npm x`)).toEqual(["/home/me/.npm shared 1 a:1"])
  expect(mounts(`${text}RUN --mount=type=cache,target=/c/$OWN x`)[0]).toContain("its name depends on OWN")
})

test.each([
  {
    name: "begins with files of another stage",
    text: "FROM a AS s\nFROM a\nRUN --mount=type=cache,target=/c,from=s,source=/seed x",
    skipped: "it begins with files of s",
  },
  {
    name: "has a variable of the base image in its name",
    text: "FROM a\nRUN --mount=type=cache,target=$GOPATH/pkg x",
    skipped: "its name depends on GOPATH, which the Dockerfile does not set",
  },
])("gives the reason for a volume that $name", ({ text, skipped }) => {
  expect(mounts(text)[0]).toContain(skipped)
})
