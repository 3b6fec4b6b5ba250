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

function requirePrograms({ platforms }: ExportedImage, wanted: string[]): void {
  expect(Object.keys(platforms)).toEqual(wanted)
  for (const [platform, { config, file }] of Object.entries(platforms)) {
    expect(`${config.os}/${config.architecture}`).toBe(platform)
    expect(file("app").readUInt16LE(18)).toBe(MACHINE[platform])
  }
}

describe("an image on scratch, which the engine labels with its own platform,", () => {
  const onScratch = `${COMPILE}FROM scratch AS empty\nFROM empty\nCOPY --from=build /app /app\nENTRYPOINT ["/app"]\n`

  test.each([{ wanted: BOTH }, { wanted: ["linux/arm64"] }])("has the programs of $wanted", async ({ wanted }) => {
    requirePrograms(await build(onScratch, { platforms: wanted }), wanted)
  })

  test("has two manifests even if both have the same content", async () => {
    const { platforms } = await build("FROM scratch\nCOPY Dockerfile /\n", { platforms: BOTH })
    expect(Object.values(platforms).map(({ config }) => config.architecture)).toEqual(["amd64", "arm64"])
  })
})

test("accepts every spelling of a base image's platform that Docker accepts", async () => {
  const dockerfile = `${COMPILE}FROM --platform=linux/aarch64 ${BASE}\nCOPY --from=build /app /app\n`
  requirePrograms(await build(dockerfile, { platforms: ["linux/arm64"] }), ["linux/arm64"])
})

test("refuses a last stage with a fixed platform, and names the line", async () => {
  await expect(build(`FROM --platform=linux/amd64 ${BASE}\n`, { platforms: BOTH })).rejects.toThrow(
    /^PLATFORM_MISSING: expected an image for linux\/arm64, got FROM --platform=linux\/amd64 .* \(Dockerfile, line 1\)/,
  )
})

// the engine accepts an image of a single platform for every requested platform
test("refuses a base image that supports only another platform, with its name and platform", async () => {
  const single = `${BASE}@${await manifestDigest("distroless/static-debian12", "amd64")}`
  await expect(build(`FROM ${single}\n`, { platforms: ["linux/arm64"] })).rejects.toThrow(
    `PLATFORM_MISSING: expected the base image ${single} (Dockerfile, line 1) for linux/arm64, got an image for linux/amd64 only.`,
  )
})

async function manifestDigest(repository: string, architecture: string): Promise<string> {
  const registry = process.env["SLIPWAY_ENGINE_REGISTRY"] ?? "127.0.0.1:5000"
  const response = await fetch(`http://${registry}/v2/${repository}/manifests/latest`, {
    headers: { accept: "application/vnd.oci.image.index.v1+json" },
  })
  const { manifests } = (await response.json()) as {
    manifests: { digest: string; platform: { architecture: string } }[]
  }
  const found = manifests.find(({ platform }) => platform.architecture === architecture)
  if (!found) throw new Error(`${repository} has no ${architecture}`)
  return found.digest
}
