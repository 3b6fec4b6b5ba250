import { describe, expect, test } from "vitest"
import { newRun } from "../../lib/engine/tool.ts"
import { digestOf, digestRef, parseRepository } from "../../lib/oci/reference.ts"
import { readConfigLabels, readManifestLabels, writeTags, writtenTagsText } from "../../lib/publish/registry-tags.ts"
import { fakeTools } from "../fake-tool.ts"

describe("image labels", () => {
  const annotations = { "org.opencontainers.image.revision": "c0ffee" }
  const child = (text: string, os: string) => ({
    ...{ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(text), size: 1 },
    platform: { os, architecture: "amd64" },
  })

  test.each<{ name: string; manifest: unknown; labels: object }>([
    {
      name: "an index, with its first image",
      manifest: { annotations, manifests: [child("a", "linux"), child("b", "linux")] },
      labels: { annotations, described: { digest: digestOf("a") } },
    },
    {
      name: "an index that begins with an attestation",
      manifest: { manifests: [child("att", "unknown"), child("b", "linux")] },
      labels: { annotations: {}, described: { digest: digestOf("b") } },
    },
    { name: "an empty index", manifest: { annotations, manifests: [] }, labels: { annotations } },
    { name: "one image", manifest: { annotations, config: {} }, labels: { annotations, described: "itself" } },
    { name: "a document that is no manifest", manifest: ["a"], labels: { annotations: {} } },
    {
      name: "annotations of another type",
      manifest: { annotations: { a: 1 }, config: {} },
      labels: { annotations: {} },
    },
  ])("reads the annotations of $name", ({ manifest, labels }) => {
    expect(readManifestLabels(JSON.stringify(manifest))).toEqual(labels)
  })

  test("a document that is not JSON has no labels", () => {
    expect(readManifestLabels("<html>")).toEqual({ annotations: {} })
    expect(readConfigLabels("<html>")).toEqual({})
  })

  test.each([
    { name: "an image's labels", config: { config: { Labels: annotations } }, labels: annotations },
    { name: "an image without labels", config: { config: { Labels: null } }, labels: {} },
    { name: "an image without runtime config", config: { architecture: "amd64" }, labels: {} },
  ])("reads $name", ({ config, labels }) => {
    expect(readConfigLabels(JSON.stringify(config))).toEqual(labels)
  })
})

describe("write tags", () => {
  test.each([
    { name: "no tag", written: [], says: "Nothing was tagged." },
    { name: "an unchanged tag", written: [{ name: "v1", change: "unchanged" as const }], says: "Nothing was tagged." },
    {
      name: "a new tag and one that moved",
      written: [
        { name: "v1", change: "created" as const },
        { name: "latest", change: "moved" as const },
      ],
      says: "Tags already written: v1, latest.",
    },
  ])("a failure after $name reports which tags are written", ({ written, says }) =>
    expect(writtenTagsText(written)).toBe(says),
  )

  const ref = digestRef(parseRepository("r.test/app"), digestOf("ours"))
  const other = digestOf("theirs")

  /** A registry with latest at another image, which refuses one kind of request. */
  function refusing(refused: RegExp) {
    const tags = new Map([["latest", other]])
    return fakeTools(({ args: [, ...args] }) => {
      const [command, name = "", tag = ""] = args.filter((arg) => !arg.startsWith("--"))
      const line = `${command} ${name}`
      if (refused.test(line)) return { exitCode: 1, stderr: "Error: MANIFEST_INVALID: broken" }
      if (command === "tag") tags.set(tag, digestOf("ours"))
      if (command === "manifest") return { stdout: JSON.stringify({ manifests: [] }) }
      if (command !== "digest") return {}
      const at = tags.get(name.split(":").at(-1) ?? "")
      return at ? { stdout: at } : { exitCode: 1, stderr: "Error: MANIFEST_UNKNOWN: unknown" }
    })
  }

  test.each([
    { name: "the image at a floating tag", refused: new RegExp(`manifest .*@${other}`) },
    { name: "its own image", refused: new RegExp(`manifest ${ref}`) },
    { name: "a floating tag", refused: /digest .*:latest/ },
  ])("reports the written tags when the registry refuses to show $name", async ({ refused }) => {
    refusing(refused)
    const planned = [
      { name: "c0ffee", floating: false },
      { name: "latest", floating: true },
    ]
    const options = { craneImage: "crane", access: { plainHttp: false }, run: newRun() }
    await expect(writeTags(ref, planned, options)).rejects.toThrow(/ Tags already written: c0ffee\.$/)
  })
})
