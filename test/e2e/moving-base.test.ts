import { mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { dag } from "@dagger.io/dagger"
import { beforeAll, describe, expect, test } from "vitest"
import { buildImage } from "../../lib/build/docker-build.ts"
import { runTests } from "../../lib/test/suite.ts"
import { daggerCall } from "./dagger-call.ts"
import { exportImage, readImage } from "./exported-image.ts"
import { REGISTRY_HERE, startRegistry } from "./registry.ts"
import { inSession } from "./session.ts"
import { toolImage } from "./slipway.ts"

const images = { nodeImage: toolImage("NODEIMAGE"), gitImage: toolImage("KUSTOMIZEIMAGE") }
const NAMES = ["base", "copied", "mounted"]
/** Has a shell, for images that run; the other one is a tenth of its size. */
const FROM = "debian:bookworm-slim"
const SMALL = "gcr.io/distroless/static-debian12"

// The engine pulls from the registry itself, so the registry must run on this machine.
describe.skipIf(!REGISTRY_HERE)("a base whose tag moves between two builds of the same source", () => {
  let host: string
  let folder: string
  beforeAll(async () => {
    host = await inSession(async () => `127.0.0.1:${(await startRegistry()).port}`)
    folder = mkdtempSync(join(tmpdir(), "slipway-source-"))
    writeFileSync(
      join(folder, "Dockerfile"),
      `ARG TAG="1" # all of them move
FROM ${FROM} AS run
RUN --mount=type=bind,from=${host}/mounted:1,target=/m cp /m/which /mounted
FROM ${host}/base:\${TAG%.*} AS test
COPY --from=${host}/copied:1 /which /copied
COPY --from=run /mounted /mounted
COPY . /source
CMD ["cat", "/which", "/copied", "/mounted"]
`,
    )
  })

  /** Moves all three tags to new images, and returns their digests. */
  async function moveTags(letter: string, from = SMALL): Promise<Record<string, string>> {
    const pushed = NAMES.map(async (name) => {
      const image = dag.container().from(from).withNewFile("/which", `${name} ${letter}\n`)
      return [`${host}/${name}`, (await image.publish(`${host}/${name}:1`)).split("@")[1] ?? ""] as const
    })
    return Object.fromEntries(await Promise.all(pushed))
  }

  async function buildNow() {
    const start = Date.now()
    const built = await buildImage(dag.host().directory(folder), { platforms: ["linux/amd64"], ...images })
    const { digest, platforms } = await exportImage(built.layout)
    const files = ["which", "copied", "mounted"].map((path) => platforms["linux/amd64"]?.file(path).toString().trim())
    const paths = platforms["linux/amd64"]?.paths() ?? []
    return { digest, files, paths, bases: built.bases, seconds: (Date.now() - start) / 1000 }
  }

  const onlyMoving = (bases: { name: string; digest: string }[]) =>
    Object.fromEntries(
      bases.flatMap(({ name, digest }) => (name.startsWith(host) ? [[name.replace(/:1$/, ""), digest]] : [])),
    )

  test("has the same digest in the image and in its provenance each time, and an unchanged base gives the same image", async () => {
    const seen: Record<string, string> = {}
    for (const letter of ["a", "b", "a", "a"]) {
      const { pushed, digest, files, paths, bases, seconds } = await inSession(async () => {
        return { pushed: await moveTags(letter), ...(await buildNow()) }
      })
      console.info(`base ${letter}: ${seconds.toFixed(1)} s`)
      expect(files).toEqual(NAMES.map((name) => `${name} ${letter}`))
      expect(onlyMoving(bases)).toEqual(pushed)
      expect(paths.filter((path) => path.startsWith("source/.slipway"))).toEqual([])
      expect(seen[letter] ?? digest).toBe(digest)
      seen[letter] = digest
    }
    expect(seen["a"]).not.toBe(seen["b"])
  })

  test("is resolved again for each run of tests", async () => {
    for (const letter of ["a", "b", "a"]) {
      const output = await inSession(async () => {
        await moveTags(letter, FROM)
        const tested = await runTests(dag.host().directory(folder), {})
        return tested.runners.map((runner) => runner.output).join("")
      })
      for (const name of NAMES) expect(output).toContain(`${name} ${letter}\n`)
    }
  })

  test("is resolved by each dagger call, although the engine caches results for days", async () => {
    const source = [`--source=${folder}`, "--platforms=linux/amd64"]
    for (const letter of ["a", "b"]) {
      const pushed = await inSession(() => moveTags(letter))
      const files = mkdtempSync(join(tmpdir(), "slipway-image-"))
      const built = await daggerCall(["image", ...source, "files", "export", `--path=${files}`])
      expect(built).toMatchObject({ code: 0 })
      const platform = readImage(join(files, "layout")).platforms["linux/amd64"]
      expect(platform?.file("which").toString()).toBe(`base ${letter}\n`)
      const { resolvedDependencies } = JSON.parse(readFileSync(join(files, "provenance.json"), "utf8")).buildDefinition
      for (const name of NAMES) {
        expect(resolvedDependencies).toContainEqual({
          uri: `docker://${host}/${name}:1`,
          digest: { sha256: pushed[`${host}/${name}`]?.replace("sha256:", "") },
        })
      }
    }
  })
})
