import { execFileSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { type Directory, dag, type Platform } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { type BuildOptions, buildImage } from "../../lib/build/docker-build.ts"
import { leaks } from "../leak/search.ts"
import { type ExportedImage, exportImage } from "./exported-image.ts"
import { useEngine } from "./session.ts"
import { slipway, toolImage } from "./slipway.ts"

useEngine()

const AMD = ["linux/amd64"]
const BASE = "gcr.io/distroless/static-debian12:latest"
const images = { nodeImage: toolImage("NODEIMAGE"), gitImage: toolImage("KUSTOMIZEIMAGE") }

function build(source: Directory, options: BuildOptions = {}) {
  return buildImage(source, { platforms: AMD, ...images, ...options })
}

function source(files: Record<string, string>): Directory {
  return Object.entries(files).reduce((folder, [path, text]) => folder.withNewFile(path, text), dag.directory())
}

/** The whole image layout as text, with compressed layers unpacked, to search it for a secret. */
function everyByte(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))
  return contents
    .map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("latin1"))
    .join("\n")
}

/** Creates a git checkout with one commit. */
function checkout(files: Record<string, string>): { folder: string; commit: string } {
  const folder = mkdtempSync(join(tmpdir(), "slipway-source-"))
  const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" }).trim()
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text)
  git("init", "--quiet", "--initial-branch=main")
  git("remote", "add", "origin", "https://user:hunter2@git.example.com/acme/app.git")
  git("add", ".")
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
  git(...author, "commit", "--quiet", "--message=first", "--date=2026-01-02T03:04:05Z")
  return { folder, commit: git("rev-parse", "HEAD") }
}

describe("a program for two platforms", () => {
  let image: ExportedImage
  let commit: string
  let warnings: string[]
  beforeAll(async () => {
    const { folder, commit: head } = checkout({
      "go.mod": "module example.com/app\n\ngo 1.26\n",
      "main.go": 'package main\n\nfunc main() { println("hello") }\n',
      LICENSE: "Apache License\nVersion 2.0, January 2004\n",
      ".dockerignore": "LICENSE\n",
      Dockerfile: `FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app .
FROM ${BASE}
COPY --from=build /app /app
COPY --from=build /src /src
ENTRYPOINT ["/app"]
`,
    })
    commit = head
    const built = await build(dag.host().directory(folder), { platforms: ["linux/amd64", "linux/arm64"] })
    warnings = built.warnings
    image = await exportImage(built.layout)
  })

  test("has exactly the requested platforms", () => {
    expect(Object.keys(image.platforms)).toEqual(["linux/amd64", "linux/arm64"])
  })

  // https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine is the half-word at byte 18
  test.each([
    { platform: "linux/amd64", machine: 0x3e },
    { platform: "linux/arm64", machine: 0xb7 },
  ])("holds a program for $platform", ({ platform, machine }) => {
    const program = image.platforms[platform]?.file("app")
    expect(program?.subarray(0, 4).toString("latin1")).toBe("\x7fELF")
    expect(program?.readUInt16LE(18)).toBe(machine)
  })

  test("has the commit in index, manifests and configs, without the login of its remote", () => {
    const labels = {
      "org.opencontainers.image.revision": commit,
      "org.opencontainers.image.source": "https://git.example.com/acme/app",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.created": expect.stringMatching(/^20\d\d-\d\d-\d\dT/),
    }
    expect(image.annotations).toMatchObject(labels)
    for (const { manifest, config } of Object.values(image.platforms)) {
      expect(manifest.annotations).toMatchObject(labels)
      expect(config.config.Labels).toMatchObject(labels)
    }
    expect(JSON.stringify(image)).not.toContain("hunter2")
  })

  test("excludes .git and the files in .dockerignore", () => {
    const paths = image.platforms["linux/amd64"]?.paths() ?? []
    expect(paths).toContain("src/main.go")
    expect(paths.filter((path) => /LICENSE|\.git\//.test(path))).toEqual([])
  })

  test("comes with warnings about its bases and its user", () => {
    expect(warnings).toEqual([
      expect.stringContaining(`Dockerfile:6: the tag of ${BASE} moves`),
      expect.stringContaining("Dockerfile:1: golang:1.26 has no digest"),
      expect.stringContaining("the image runs as root"),
    ])
  })
})

test("builds a source without a commit, without a revision", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-source-"))
  execFileSync("git", ["-C", folder, "init", "--quiet"])
  writeFileSync(join(folder, "Dockerfile"), `FROM ${BASE}\n`)
  const { revision } = await build(dag.host().directory(folder))
  expect(revision).toBeUndefined()
})

describe("a Dockerfile", () => {
  test("gets build args, a target and a context, and can be in another folder", async () => {
    const files = source({
      "docker/app": `FROM ${BASE} AS first\nARG WHAT\nCOPY data /data\nLABEL what=$WHAT\nUSER 7\nFROM first\nUSER 8\n`,
      "service/data": "of the service",
      data: "of the root",
    })
    const where = { dockerfile: "docker/app", context: "service", target: "first", buildArgs: ["WHAT=this"] }
    const { platforms } = await exportImage((await build(files, where)).layout)
    expect(platforms["linux/amd64"]?.file("data").toString()).toBe("of the service")
    expect(platforms["linux/amd64"]?.config.config).toMatchObject({ Labels: { what: "this" }, User: "7" })
  })

  // several secrets, because the SDK replaces them in place while another query of the same build runs
  test("reads secrets by their ids on every platform, and keeps them out of the image", async () => {
    const values = Object.fromEntries(["one", "two", "three"].map((id) => [id, `tops3cret-9f2b7c41-${id}`]))
    const mounts = Object.keys(values).map((id) => `--mount=type=secret,id=${id}`)
    const files = source({
      Dockerfile: `FROM debian:bookworm-slim\nRUN ${mounts.join(" ")} sha256sum /run/secrets/* > /sum\n`,
    })
    const secrets = Object.entries(values).map(([id, value]) => dag.setSecret(`given-${id}`, value))
    const both = { platforms: ["linux/amd64", "linux/arm64"], secrets, secretIds: Object.keys(values) }
    const { platforms, folder } = await exportImage((await build(files, both)).layout)
    for (const { file } of Object.values(platforms)) {
      for (const [id, value] of Object.entries(values)) {
        const sum = execFileSync("sha256sum", { input: value }).toString().slice(0, 64)
        expect(file("sum").toString()).toContain(`${sum}  /run/secrets/${id}\n`)
      }
    }
    expect(leaks(everyByte(folder), values)).toEqual([])
  })
})

describe("containers of another function", () => {
  const container = (platform: string) =>
    dag
      .container({ platform: platform as Platform })
      .from(BASE)
      .withNewFile("/who", platform)
  test("become one image index for their platforms, which is scanned and pushed like any other", async () => {
    const containers = [container("linux/amd64"), container("linux/arm64")]
    const image = await exportImage(await slipway().imageLayout(containers, ["team=a"], ["note=b"]))
    expect(Object.keys(image.platforms)).toEqual(["linux/amd64", "linux/arm64"])
    expect(image.platforms["linux/arm64"]?.file("who").toString()).toBe("linux/arm64")
    expect(image.platforms["linux/amd64"]?.config.config.Labels).toMatchObject({ team: "a" })
    expect(image.annotations).toEqual({ note: "b" })
  })

  test("are refused if two have the same platform, or if there is none", async () => {
    const twice = [container("linux/amd64"), container("linux/amd64")]
    await expect(slipway().imageLayout(twice)).rejects.toThrow(/^PLATFORM_INVALID: .*linux\/amd64 twice/)
    await expect(slipway().imageLayout([])).rejects.toThrow(/^OPTIONS_INVALID: expected a container for each platform/)
  })
})

describe("a build is refused, with a fix, for", () => {
  const simple = { Dockerfile: `FROM ${BASE}\n` }
  test.each<{ name: string; files: Record<string, string>; options: BuildOptions; error: RegExp }>([
    {
      name: "no Dockerfile",
      files: { "app.Dockerfile": "FROM scratch", "main.go": "" },
      options: {},
      error:
        /^DOCKERFILE_NOT_FOUND: expected a Dockerfile at Dockerfile in \., got app\.Dockerfile, main\.go\. Set its path with --dockerfile/,
    },
    {
      name: "an unknown platform",
      files: simple,
      options: { platforms: ["linux/x86_64"] },
      error: /^PLATFORM_INVALID: .*got "linux\/x86_64"\. Write linux\/amd64\./,
    },
    {
      name: "a base image without the platform",
      files: simple,
      options: { platforms: ["linux/riscv64"] },
      error:
        /^PLATFORM_MISSING: expected the base image gcr\.io\/distroless\/.* \(Dockerfile, line 1\) for linux\/riscv64, got an image for linux\/amd64, linux\/arm64 only/,
    },
    {
      name: "an unknown target",
      files: simple,
      options: { target: "prod" },
      error:
        /^OPTIONS_INVALID: expected a target that the Dockerfile has, got "prod"\. Pass one of its stages with --target: 0\./,
    },
    {
      name: "a Dockerfile without FROM",
      files: { Dockerfile: "RUN true\n" },
      options: {},
      error: /^OPTIONS_INVALID: expected a Dockerfile with at least one FROM/,
    },
    {
      name: "a build arg without a value",
      files: simple,
      options: { buildArgs: ["VERSION"] },
      error: /^OPTIONS_INVALID: .*NAME=value, got "VERSION"/,
    },
  ])("$name", async ({ files, options, error }) => {
    await expect(build(source(files), options)).rejects.toThrow(error)
  })
})
