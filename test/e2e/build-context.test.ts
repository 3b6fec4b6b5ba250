import { type Directory, dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { type BuildOptions, buildImage } from "../../lib/build/docker-build.ts"
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

/** The files that COPY . /all copied into the image. */
async function copied(files: Record<string, string>, options: BuildOptions): Promise<string[]> {
  const { layout } = await build(source(files), options)
  const paths = (await exportImage(layout)).platforms["linux/amd64"]?.paths() ?? []
  return paths.flatMap((path) => path.match(/^all\/(.*[^/])$/)?.[1] ?? []).sort()
}

const ALL = `FROM ${BASE}\nCOPY . /all\n`

describe("COPY . copies into the image", () => {
  test.each<{ name: string; files: Record<string, string>; options: BuildOptions; found: string[] }>([
    {
      name: "no Dockerfile from outside of the context",
      files: { "docker/app": ALL, "service/data": "1", "service/more": "2" },
      options: { dockerfile: "docker/app", context: "service" },
      found: ["data", "more"],
    },
    {
      name: "what the context's ignore file allows, for a Dockerfile from outside of the context",
      files: { "docker/app": ALL, "service/data": "1", "service/more": "2", "service/.dockerignore": "more\n" },
      options: { dockerfile: "docker/app", context: "service" },
      found: [".dockerignore", "data"],
    },
    {
      name: "what the Dockerfile's own ignore file allows, which wins over that of the context",
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
      name: "what the own ignore file allows, for a Dockerfile from outside of the context",
      files: { "docker/app": ALL, "docker/app.dockerignore": "more\n", "service/data": "1", "service/more": "2" },
      options: { dockerfile: "docker/app", context: "service" },
      found: ["data"],
    },
  ])("$name", async ({ files, options, found }) => {
    expect(await copied(files, options)).toEqual(found)
  })
})

test("warns about a context over 50 MB, but not if the Dockerfile's own ignore file keeps it small", async () => {
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

describe("a build is refused, with a fix, for", () => {
  const simple = { Dockerfile: `FROM ${BASE}\n`, "app/main.go": "" }
  test.each<{ name: string; files: Record<string, string>; options: () => BuildOptions; error: RegExp }>([
    {
      name: "a missing context",
      files: simple,
      options: () => ({ context: "service" }),
      error:
        /^OPTIONS_INVALID: expected a folder service in the source as the build context, got Dockerfile, app\/?\. Pass one/,
    },
    {
      name: "a context that is a file",
      files: simple,
      options: () => ({ context: "Dockerfile" }),
      error: /^OPTIONS_INVALID: expected a folder Dockerfile in the source/,
    },
    {
      name: "a secret without an id",
      files: simple,
      options: () => ({ secrets: [dag.secret("env://PATH")] }),
      error: /^OPTIONS_INVALID: expected an id for each build secret, .* got no id for secret 1\. Pass the ids/,
    },
    {
      name: "a writable bind mount, which breaks the engine",
      files: { Dockerfile: `FROM ${BASE}\nRUN --mount=type=bind,target=/src,rw make\n` },
      options: () => ({}),
      error: /^OPTIONS_INVALID: expected read-only bind mounts, .* got RUN --mount=type=bind,target=\/src,rw/,
    },
    {
      name: "a RUN that fails, which is named with its line",
      files: { Dockerfile: "FROM debian:bookworm-slim\nRUN true\nRUN echo nearly && \\\n  exit 7\n" },
      options: () => ({}),
      error: /^RUN echo nearly && +exit 7 \(Dockerfile line 3\) failed\. .*exit code: 7/,
    },
    {
      name: "a RUN that needs .git, with the setting that keeps it",
      files: { Dockerfile: "FROM debian:bookworm-slim\nCOPY . .\nRUN git rev-parse HEAD\n" },
      options: () => ({}),
      error: /\(Dockerfile line 3\) failed\. \.git is not in the build context .* build\.keepGitDir: true/,
    },
    {
      name: "a base without its build arg, before any request to a registry",
      files: { Dockerfile: "ARG VARIANT\nFROM base:${VARIANT}\n" },
      options: () => ({}),
      error: /^DOCKERFILE_INVALID: .*Dockerfile line 2: VARIANT has no value: pass --build-args=VARIANT=…/,
    },
  ])("$name", async ({ files, options, error }) => {
    await expect(build(source(files), options())).rejects.toThrow(error)
  })
})

describe("a link out of the source", () => {
  test("does not fail the build if the file is optional, and stays a link", async () => {
    const files = source({ Dockerfile: ALL }).withSymlink("../../LICENSE", "LICENSE")
    const { layout } = await build(files, {})
    const image = (await exportImage(layout)).platforms["linux/amd64"]
    expect(image?.paths()).toContain("all/LICENSE")
    expect(image?.config.config.Labels ?? {}).not.toHaveProperty(["org.opencontainers.image.licenses"])
  })

  test.each(["Dockerfile", ".dockerignore"])("is an error that names it if it is the %s", async (name) => {
    const files = source({ Dockerfile: ALL }).withoutFile(name).withSymlink(`../../${name}`, name)
    await expect(build(files, {})).rejects.toThrow(
      `SOURCE_INVALID: expected a file ${name} in the source, got a link to ../../${name} that points outside of it.`,
    )
  })
})
