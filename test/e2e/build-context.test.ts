import { type Directory, dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { type BuildOptions, buildImage } from "../../src/build/docker-build.ts"
import { exportImage } from "./exported-image.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"

useEngine()

const BASE = "gcr.io/distroless/static-debian12"
const images = { nodeImage: toolImage("NODEIMAGE"), gitImage: toolImage("KUSTOMIZEIMAGE") }

function source(files: Record<string, string>): Directory {
  return Object.entries(files).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

async function build(files: Directory, options: BuildOptions) {
  return await buildImage(files, { platforms: ["linux/amd64"], ...images, ...options })
}

/** What COPY . /all brought into the image. */
async function copied(files: Record<string, string>, options: BuildOptions): Promise<string[]> {
  const { layout } = await build(source(files), options)
  const paths = (await exportImage(layout)).platforms["linux/amd64"]?.paths() ?? []
  return paths.flatMap((path) => path.match(/^all\/(.*[^/])$/)?.[1] ?? []).sort()
}

const ALL = `FROM ${BASE}\nCOPY . /all\n`

describe("COPY . brings into the image", () => {
  test.each<{ name: string; files: Record<string, string>; options: BuildOptions; found: string[] }>([
    {
      name: "nothing of a Dockerfile from outside of the context",
      files: { "docker/app": ALL, "service/data": "1", "service/more": "2" },
      options: { dockerfile: "docker/app", context: "service" },
      found: ["data", "more"],
    },
    {
      name: "what the context's ignore file leaves, with such a Dockerfile too",
      files: { "docker/app": ALL, "service/data": "1", "service/more": "2", "service/.dockerignore": "more\n" },
      options: { dockerfile: "docker/app", context: "service" },
      found: [".dockerignore", "data"],
    },
    {
      name: "what the Dockerfile's own ignore file leaves, whatever the context's says",
      files: {
        "app.Dockerfile": ALL,
        "app.Dockerfile.dockerignore": "*\n!data\n",
        ".dockerignore": "data\n",
        data: "1",
      },
      options: { dockerfile: "app.Dockerfile" },
      found: ["data"],
    },
    {
      name: "what the own ignore file of a Dockerfile from outside leaves",
      files: { "docker/app": ALL, "docker/app.dockerignore": "more\n", "service/data": "1", "service/more": "2" },
      options: { dockerfile: "docker/app", context: "service" },
      found: ["data"],
    },
  ])("$name", async ({ files, options, found }) => {
    expect(await copied(files, options)).toEqual(found)
  })
})

test("a context over 50 MB is warned of, and one that its Dockerfile's own ignore file keeps small is not", async () => {
  const large = dag
    .container()
    .from("debian:bookworm-slim")
    .withExec(["sh", "-c", "head -c 60000000 /dev/zero > /large"])
    .file("/large")
  const files = source({ Dockerfile: `FROM ${BASE}\n`, ".dockerignore": "none\n" }).withFile("large", large)
  expect((await build(files, {})).warnings).toContainEqual(
    expect.stringMatching(/^the build context has 6\d MB, more than 50/),
  )
  const kept = files.withNewFile("Dockerfile.dockerignore", "large\n")
  expect((await build(kept, {})).warnings.filter((line) => line.includes("context"))).toEqual([])
})

describe("refused, with what to do", () => {
  const simple = { Dockerfile: `FROM ${BASE}\n`, "app/main.go": "" }
  test.each<{ name: string; files: Record<string, string>; options: () => BuildOptions; error: RegExp }>([
    {
      name: "a context that is not there",
      files: simple,
      options: () => ({ context: "service" }),
      error:
        /^OPTIONS_INVALID: expected a folder service in the source, to build from, got Dockerfile, app\/?\. Name one/,
    },
    {
      name: "a context that is a file",
      files: simple,
      options: () => ({ context: "Dockerfile" }),
      error: /^OPTIONS_INVALID: expected a folder Dockerfile in the source/,
    },
    {
      name: "a secret that no RUN can name",
      files: simple,
      options: () => ({ secrets: [dag.secret("env://PATH")] }),
      error: /^OPTIONS_INVALID: expected an id for each build secret, .* got none for the 1\. of them\. Give the ids/,
    },
    {
      name: "a bind mount that is written, which breaks the engine",
      files: { Dockerfile: `FROM ${BASE}\nRUN --mount=type=bind,target=/src,rw make\n` },
      options: () => ({}),
      error: /^OPTIONS_INVALID: expected bind mounts that are only read, .* got RUN --mount=type=bind,target=\/src,rw/,
    },
  ])("$name", async ({ files, options, error }) => {
    await expect(build(source(files), options())).rejects.toThrow(error)
  })
})
