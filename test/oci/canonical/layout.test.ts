import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { fileURLToPath } from "node:url"
import { gunzipSync, gzipSync } from "node:zlib"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { canonicalLayout, finishConfig, isBaseLayer, type Plan } from "../../../lib/oci/canonical/layout.ts"
import { makeTar } from "./make-tar.ts"

describe("image", () => {
  const config = {
    architecture: "arm64",
    os: "linux",
    variant: "v8",
    created: "2026-11-25T05:00:00.123Z",
    config: { User: "65532", Labels: { "b.base": "kept", "a.mine": "old" } },
    rootfs: { type: "layers", diff_ids: ["sha256:old"] },
    history: [{ created: "2026-11-25T05:00:00.123Z", created_by: "import image layer sha256:aa" }],
  }

  test("sets the given time and layers, and the given labels win", () => {
    const finish = { created: "2026-01-02T03:04:05Z", labels: { "a.mine": "new" }, annotations: {} }
    expect(finishConfig(config, ["sha256:new"], finish)).toEqual({
      architecture: "arm64",
      os: "linux",
      variant: "v8",
      created: "2026-01-02T03:04:05Z",
      config: { User: "65532", Labels: { "a.mine": "new", "b.base": "kept" } },
      rootfs: { type: "layers", diff_ids: ["sha256:new"] },
      history: [{ created: "2026-01-02T03:04:05Z", created_by: "import image layer sha256:aa" }],
    })
  })

  test("keeps the engine's times without a time, and adds no labels without labels", () => {
    const bare = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: ["sha256:a"] } }
    expect(finishConfig(bare, ["sha256:a"], { labels: {}, annotations: {} })).toEqual({ ...bare, config: {} })
  })

  test.each([
    [{ created_by: "import image layer sha256:aa" }, true],
    [{ created_by: "COPY /out/app /app" }, false],
    [{}, false],
    [undefined, false],
  ])("recognises %j as a layer of the base image: %s", (history, base) => {
    expect(isBaseLayer(history)).toBe(base)
  })
})

describe("layout", () => {
  const MANIFEST = "application/vnd.oci.image.manifest.v1+json"
  const plan: Plan = { seconds: 42, created: "1970-01-01T00:00:42Z", labels: { l: "1" }, annotations: { a: "2" } }
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(`${tmpdir()}/slipway-layout-`)
  })
  afterEach(() => rm(folder, { recursive: true }))

  test("makes the same layout, blob for blob, from exports of different times", async () => {
    const first = await finish("first", exported({ mtime: 1_700_000_000, platforms: ["amd64", "arm64"] }))
    const second = await finish("second", exported({ mtime: 1_800_000_000, platforms: ["amd64", "arm64"] }))
    expect(second).toEqual(first)
    expect(first.index.manifests.map(({ platform }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "arm64", os: "linux", variant: "v8" },
    ])
  })

  test("stores every blob under its digest, without unused ones", async () => {
    const { blobs, index } = await finish("out", exported({ mtime: 7, platforms: ["amd64", "arm64"] }))
    const used = new Set<string>()
    for (const { digest } of index.manifests) {
      const manifest = JSON.parse(await readFile(`${folder}/out/blobs/sha256/${digest.slice(7)}`, "utf8"))
      for (const blob of [{ digest }, manifest.config, ...manifest.layers]) used.add(blob.digest.slice(7))
      expect(manifest.annotations).toEqual({ a: "2" })
    }
    expect([...used].sort()).toEqual(blobs)
    for (const name of blobs) expect(sha256(await readFile(`${folder}/out/blobs/sha256/${name}`))).toBe(name)
  })

  test("keeps the base image's layer, and lists the new layer's tar in the config", async () => {
    await finish("out", exported({ mtime: 7, platforms: ["amd64"] }))
    const { config, layers } = await image("out")
    expect(layers[0].digest).toBe(`sha256:${sha256(base.blob)}`)
    expect(config.rootfs.diff_ids).toEqual([sha256(base.tar), sha256(ownTar(42))].map((hex) => `sha256:${hex}`))
    const own = await readFile(`${folder}/out/blobs/sha256/${layers[1].digest.slice(7)}`)
    expect(gunzipSync(own).equals(ownTar(42))).toBe(true)
  })

  test("lists a single platform in an index, with the platform of its config", async () => {
    const { index } = await finish("out", exported({ mtime: 7, platforms: ["arm64"] }))
    expect(index.manifests).toMatchObject([{ platform: { architecture: "arm64", os: "linux", variant: "v8" } }])
  })

  test("gives an image on scratch the requested platform instead of the engine's", async () => {
    const forced = { tar: exportOf(7, "amd64"), platform: { os: "linux", architecture: "riscv64" } }
    const { index } = await finish("out", [exportOf(7, "amd64"), forced])
    expect(index.manifests.map(({ platform }) => platform)).toEqual([
      { architecture: "amd64", os: "linux" },
      { architecture: "riscv64", os: "linux" },
    ])
    expect((await image("out", 1)).config.architecture).toBe("riscv64")
  })

  test("keeps layers and times without a time in the plan", async () => {
    await finish("out", exported({ mtime: 7, platforms: ["amd64"] }), { labels: {}, annotations: {} })
    const { config, layers } = await image("out")
    expect(layers[1].digest).toBe(`sha256:${sha256(gzipSync(ownTar(7)))}`)
    expect(config.created).toBe("2026-11-25T00:00:07Z")
  })

  test("makes the same layout as a program", async () => {
    const { index } = await finish("out", exported({ mtime: 7, platforms: ["arm64"] }))
    const program = fileURLToPath(new URL("../../../lib/oci/canonical/finish.mjs", import.meta.url))
    const exports = JSON.stringify([{ tarball: `${folder}/0.tar` }])
    const args = ["--import", "tsx", program, exports, `${folder}/program`, JSON.stringify(plan)]
    execFileSync(process.execPath, args)
    expect(JSON.parse(await readFile(`${folder}/program/index.json`, "utf8"))).toEqual(index)
  })

  const base = { tar: makeTar([{ name: "etc/os-release", content: "base", mtime: 99 }]), blob: Buffer.alloc(0) }
  base.blob = gzipSync(base.tar)

  function ownTar(mtime: number): Buffer {
    return makeTar([{ name: "app", content: "hello", mtime }])
  }

  function exported({ mtime, platforms }: { mtime: number; platforms: string[] }): Buffer[] {
    return platforms.map((platform) => exportOf(mtime, platform))
  }

  /** An export of the engine: a tar with a layout of one manifest. */
  function exportOf(mtime: number, architecture: string): Buffer {
    const blobs = new Map<string, Buffer>()
    const put = (mediaType: string, content: Buffer | object) => {
      const bytes = Buffer.isBuffer(content) ? content : Buffer.from(JSON.stringify(content))
      blobs.set(sha256(bytes), bytes)
      return { mediaType, digest: `sha256:${sha256(bytes)}`, size: bytes.length }
    }
    const created = `2026-11-25T00:00:${String(mtime % 60).padStart(2, "0")}Z`
    const config = put("application/vnd.oci.image.config.v1+json", {
      architecture,
      os: "linux",
      ...(architecture === "arm64" && { variant: "v8" }),
      created,
      config: {},
      rootfs: { type: "layers", diff_ids: [base.tar, ownTar(mtime)].map((tar) => `sha256:${sha256(tar)}`) },
      history: [
        { created, created_by: "import image layer sha256:x" },
        { created, created_by: "COPY app /app" },
      ],
    })
    const layers = [base.blob, gzipSync(ownTar(mtime))].map((blob) =>
      put("application/vnd.oci.image.layer.v1.tar+gzip", blob),
    )
    const manifest = put(MANIFEST, { schemaVersion: 2, mediaType: MANIFEST, config, layers })
    return makeTar([
      { name: "blobs/", type: "5" },
      ...[...blobs].map(([name, bytes]) => ({ name: `blobs/sha256/${name}`, content: bytes.toString("latin1") })),
      { name: "index.json", content: JSON.stringify({ schemaVersion: 2, manifests: [manifest] }) },
      { name: "manifest.json", content: "[]" },
    ])
  }

  type Index = { manifests: { digest: string; platform: object }[] }

  type Made = Buffer | { tar: Buffer; platform: { os: string; architecture: string } }

  async function finish(name: string, made: Made[], how = plan): Promise<{ blobs: string[]; index: Index }> {
    const exports = await Promise.all(
      made.map(async (one, i) => {
        const { tar, ...more } = Buffer.isBuffer(one) ? { tar: one } : one
        await writeFile(`${folder}/${i}.tar`, tar)
        return { tarball: `${folder}/${i}.tar`, ...more }
      }),
    )
    await canonicalLayout(exports, `${folder}/${name}`, how)
    const blobs = (await readdir(`${folder}/${name}/blobs/sha256`)).sort()
    return { blobs, index: JSON.parse(await readFile(`${folder}/${name}/index.json`, "utf8")) }
  }

  async function image(name: string, at = 0) {
    const read = async (digest: string) =>
      JSON.parse(await readFile(`${folder}/${name}/blobs/sha256/${digest.slice(7)}`, "utf8"))
    const index: Index = JSON.parse(await readFile(`${folder}/${name}/index.json`, "utf8"))
    const manifest = await read(index.manifests[at]?.digest ?? "")
    return { layers: manifest.layers, config: await read(manifest.config.digest) }
  }

  function sha256(bytes: Buffer): string {
    return createHash("sha256").update(bytes).digest("hex")
  }
})
