import { type Directory, dag } from "@dagger.io/dagger"
import { describe, expect, test } from "vitest"
import { type BuildOptions, buildImage } from "../../lib/build/docker-build.ts"
import { type ExportedImage, exportImage } from "./exported-image.ts"
import { useEngine } from "./session.ts"
import { toolImage } from "./slipway.ts"

useEngine()

const BOTH = ["linux/amd64", "linux/arm64"]
const BASE = "gcr.io/distroless/static-debian12"
const images = { nodeImage: toolImage("NODEIMAGE"), gitImage: toolImage("KUSTOMIZEIMAGE") }
// https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html: e_machine is the half-word at byte 18
const MACHINE: Record<string, number> = { "linux/amd64": 0x3e, "linux/arm64": 0xb7 }

const COMPILE = `FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
RUN printf 'package main\\n\\nfunc main() {}\\n' > main.go
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -o /app main.go
`

function source(dockerfile: string): Directory {
  return dag.directory().withNewFile("Dockerfile", dockerfile).withNewFile(".dockerignore", "none\n")
}

async function build(dockerfile: string, options: BuildOptions): Promise<ExportedImage> {
  return await exportImage((await buildImage(source(dockerfile), { ...images, ...options })).layout)
}

function requirePrograms({ platforms }: ExportedImage, asked: string[]): void {
  expect(Object.keys(platforms)).toEqual(asked)
  for (const [platform, { config, file }] of Object.entries(platforms)) {
    expect(`${config.os}/${config.architecture}`).toBe(platform)
    expect(file("app").readUInt16LE(18)).toBe(MACHINE[platform])
  }
}

describe("an image on scratch, to which the engine gives its own platform,", () => {
  const onScratch = `${COMPILE}FROM scratch AS empty\nFROM empty\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n`

  test.each([{ asked: BOTH }, { asked: ["linux/arm64"] }])("is for $asked, program and all", async ({ asked }) => {
    requirePrograms(await build(onScratch, { platforms: asked }), asked)
  })

  test("is two manifests even when both hold the same", async () => {
    const { platforms } = await build("FROM scratch\nCOPY Dockerfile /\n", { platforms: BOTH })
    expect(Object.values(platforms).map(({ config }) => config.architecture)).toEqual(["amd64", "arm64"])
  })
})

test("a base image's platform may be written as Docker lets it be", async () => {
  const dockerfile = `${COMPILE}FROM --platform=linux/aarch64 ${BASE}\nCOPY --from=build /app /app\n`
  requirePrograms(await build(dockerfile, { platforms: ["linux/arm64"] }), ["linux/arm64"])
})

test("a last stage of one fixed platform is refused, and the line is named", async () => {
  await expect(build(`FROM --platform=linux/amd64 ${BASE}\n`, { platforms: BOTH })).rejects.toThrow(
    /^PLATFORM_MISSING: expected an image for linux\/arm64, got FROM --platform=linux\/amd64 .* \(Dockerfile, line 1\)/,
  )
})

// the engine takes an image of a single platform for whatever platform was asked
test("a base image that is of another platform alone is refused, with its name and platform", async () => {
  const single = `${BASE}@${await manifestDigest("distroless/static-debian12", "amd64")}`
  await expect(build(`FROM ${single}\n`, { platforms: ["linux/arm64"] })).rejects.toThrow(
    `PLATFORM_MISSING: expected the base image ${single} (Dockerfile, line 1) for linux/arm64, got an image for linux/amd64 only.`,
  )
})

async function manifestDigest(repository: string, architecture: string): Promise<string> {
  const registry = process.env["SLIPWAY_ENGINE_REGISTRY"] ?? "127.0.0.1:5000"
  const answer = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
    headers: { accept: "application/vnd.oci.image.index.v1+json" },
  })
  const { manifests } = (await answer.json()) as { manifests: { digest: string; platform: { architecture: string } }[] }
  const found = manifests.find(({ platform }) => platform.architecture === architecture)
  if (!found) throw new Error(`${repository} has no ${architecture}`)
  return found.digest
}
