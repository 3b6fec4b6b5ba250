import type { Directory } from "@dagger.io/dagger"
import { expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { IMAGE_MANIFEST, renderImageIndex } from "../../lib/oci/manifest.ts"
import { type Digest, digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { copyRelease, listRelease, olderTag } from "../../lib/publish/release-copy.ts"
import { fakeTools } from "../fake-tool.ts"
import { stubDirectory } from "../stub-directory.ts"

const [main, mirror] = [parseRepository("registry.example/app"), parseRepository("mirror.example/app")]
const digests = ["index", "platform", "signature", "evidence", "sbom", "older"].map((name) => digestOf(name))
const [index, platform, signature, evidence, sbom, older] = digests as [Digest, Digest, Digest, Digest, Digest, Digest]

const tools = { craneImage: "crane", cosignImage: "cosign", access: { plainHttp: false }, run: newRun(), moment: "now" }
const release = { ref: digestRef(main, index), platforms: [platform] }
const names = new Map(
  digests.map((digest, at) => [digest, ["index", "platform", "signature", "evidence", "sbom", "older"][at]]),
)

/** What each registry has: the referrers of a digest, and manifests by reference. */
type World = { referrers: Record<string, string[]>; manifests: Record<string, string>; failing?: string }

const MAIN = {
  [`${main.name}@${index}`]: [signature, evidence],
  [`${main.name}@${platform}`]: [sbom],
}

/** Copies the release to the mirror, and returns the pulled and pushed manifests. */
async function copy({ referrers, manifests, failing }: World): Promise<{ copied: number; commands: string[] }> {
  const layout = {
    ...stubDirectory({
      "index.json": renderImageIndex(digests.map((digest) => ({ mediaType: IMAGE_MANIFEST, digest, size: 1 }))),
    }),
    withFile: () => layout,
    withNewFile: () => layout,
  } as unknown as Directory
  const pushed = new Set<string>()
  const asked = fakeTools(
    ({ args: [, command, ...rest] }) => {
      const ref = rest.at(-1) ?? ""
      if (failing && rest.join(" ").includes(failing)) return { exitCode: 1, stderr: "Error: connection refused" }
      if (command === "tree") {
        const found = referrers[ref]
        if (!found) return { exitCode: 1, stderr: "Error: MANIFEST_UNKNOWN" }
        return {
          stdout: found.map((digest) => `type artifacts via OCI referrer: ${ref.split("@")[0]}@${digest}`).join("\n"),
        }
      }
      if (command === "push") pushed.add(ref)
      if (command !== "digest") return {}
      if (pushed.has(ref)) return { stdout: ref.split("@")[1] ?? "" }
      return manifests[ref] ? { stdout: manifests[ref] } : { exitCode: 1, stderr: "Error: MANIFEST_UNKNOWN" }
    },
    { directory: () => layout },
  )
  const content = await listRelease(release, tools)
  const copied = await copyRelease(release, content, { ...tools, repository: mirror })
  const moved = asked.map(({ args }) => args.slice(1)).filter(([command]) => command === "pull" || command === "push")
  // the files of a pull are those of the same command, which the engine runs once
  return { copied, commands: [...new Set(moved.map((args) => named(args.join(" "))))] }
}

function named(command: string): string {
  return [...names].reduce((text, [digest, name]) => text.replaceAll(digest, String(name)), command)
}

test("copies the index first, and then the referrers of each manifest in order", async () => {
  const { copied, commands } = await copy({ referrers: MAIN, manifests: {} })
  expect(copied).toBe(4)
  expect(commands).toEqual([
    "pull --format=oci registry.example/app@index /slipway/layout",
    "push --index /slipway/layout mirror.example/app@index",
    "pull --format=oci registry.example/app@signature registry.example/app@evidence registry.example/app@sbom /slipway/layout",
    "push /slipway/layout mirror.example/app@signature",
    "push /slipway/layout mirror.example/app@sbom",
    "push /slipway/layout mirror.example/app@evidence",
  ])
})

const present = { [`${mirror.name}@${index}`]: index }

test.each<{ name: string; world: World; copied: number; commands: string[] }>([
  {
    name: "nothing to a replica that has everything",
    world: {
      referrers: {
        ...MAIN,
        [`${mirror.name}@${index}`]: [signature, evidence],
        [`${mirror.name}@${platform}`]: [sbom],
      },
      manifests: present,
    },
    copied: 0,
    commands: [],
  },
  {
    name: "only what is missing",
    world: {
      referrers: { ...MAIN, [`${mirror.name}@${index}`]: [signature], [`${mirror.name}@${platform}`]: [sbom] },
      manifests: present,
    },
    copied: 1,
    commands: [
      "pull --format=oci registry.example/app@signature registry.example/app@evidence registry.example/app@sbom /slipway/layout",
      "push /slipway/layout mirror.example/app@evidence",
    ],
  },
  {
    name: "a signature of the older format at its tag",
    world: {
      referrers: { [`${main.name}@${index}`]: [], [`${main.name}@${platform}`]: [], [`${mirror.name}@${index}`]: [] },
      manifests: { ...present, [`${main.name}:${olderTag(index, "sig")}`]: older },
    },
    copied: 1,
    commands: [
      "pull --format=oci registry.example/app@older /slipway/layout",
      `push /slipway/layout mirror.example/app:${named(olderTag(index, "sig"))}`,
    ],
  },
])("copies $name", async ({ world, copied, commands }) => {
  expect(await copy(world)).toEqual({ copied, commands })
})

test.each([
  {
    name: "the main registry does not list what refers to the release",
    failing: `tree --experimental-oci11 ${main.name}`,
  },
  { name: "the replica does not answer", failing: mirror.name },
])("fails if $name", async ({ failing }) => {
  await expect(copy({ referrers: MAIN, manifests: {}, failing: failing.split(" ").at(-1) })).rejects.toThrow(
    "REGISTRY_FAILED",
  )
})
