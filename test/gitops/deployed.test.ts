import { describe, expect, test } from "vitest"
import {
  deployedDigests,
  deployedRef,
  deployedTag,
  earlierTag,
  NO_TAG,
  probeChanges,
} from "../../lib/gitops/deployed.ts"
import { NO_IMAGE, parseBumpOptions } from "../../lib/gitops/options.ts"
import type { BuildChange } from "../../lib/gitops/overlay/verdict.ts"
import { digestOf } from "../../lib/oci/reference.ts"
import { stubDirectory } from "../stub-directory.ts"

const place = { path: "staging", image: "web" }
const [one, two] = [digestOf("1"), digestOf("2")]
const from = (...values: (string | undefined)[]): BuildChange[] =>
  values.map((value) => ({ object: "o", field: "f", ...(value !== undefined && { from: value }), to: "t" }))

test("finds each digest once, in any value", () => {
  expect(deployedDigests(from(`ghcr.io/acme/web@${one}`, one, "v1", undefined))).toEqual([one])
  expect(deployedDigests(from(one, two))).toEqual([one, two])
})

describe("deployed image", () => {
  test("returns the reference in the environment", () => {
    expect(deployedRef(from(`ghcr.io/acme/web@${one}`, `ghcr.io/acme/web@${one}`), place)).toBe(
      `ghcr.io/acme/web@${one}`,
    )
  })

  test("joins a digest alone to the given repository", () => {
    expect(deployedRef(from("", one), { ...place, repository: "quay.io/web" })).toBe(`quay.io/web@${one}`)
  })

  test.each([
    {
      name: "a digest without a repository",
      changes: from(one),
      says: "OPTIONS_INVALID: expected --repository for the digest in staging, got",
    },
    {
      name: "a tag",
      changes: from("ghcr.io/acme/web:v1"),
      says: "IMAGE_NOT_FOUND: expected exactly one digest of web in staging, got ghcr.io/acme/web:v1",
    },
    { name: "two digests", changes: from(one, two), says: `got 2: ${one}, ${two}` },
    { name: "no value", changes: [], says: "got none" },
  ])("does not return an image for $name", ({ changes, says }) => {
    expect(() => deployedRef(changes, place)).toThrow(says)
  })
})

describe("deployed tag", () => {
  test.each<{ name: string; change: Omit<BuildChange, "object">; tag?: string }>([
    { name: "a tag with the digest", change: { field: "image.tag", from: `v7@${one}`, to: `none@${two}` }, tag: "v7" },
    { name: "a whole reference", change: { field: "image", from: `ghcr.io/acme/web:v7@${one}` }, tag: "v7" },
    {
      name: "a reference in a parameter",
      change: { field: "p.value", from: `localhost:5000/web:v7@${one}` },
      tag: "v7",
    },
    { name: "a tag in a separate value", change: { field: "image.tag", from: "v7", to: NO_TAG }, tag: "v7" },
    { name: "an empty tag", change: { field: "image.tag", from: "", to: NO_TAG } },
    { name: "a reference without a tag", change: { field: "image", from: `localhost:5000/web@${one}` } },
    { name: "a name without a host or a tag", change: { field: "web_IMAGE", from: `web@${one}` } },
    { name: "a digest", change: { field: "digest", from: one, to: two } },
    { name: "another value", change: { field: "repository", from: "web", to: "other" } },
  ])("reads the tag $tag from $name", ({ change, tag }) => expect(deployedTag([change])).toBe(tag))

  test("prefers a tag with its digest to a tag in a separate value", () => {
    const alone = { field: "appVersion", from: "v1", to: NO_TAG }
    expect(deployedTag([alone, { field: "tag", from: `v7@${one}` }])).toBe("v7")
  })
})

const changesOf = (path: string, edits?: string[]) =>
  parseBumpOptions({
    path,
    image: "web",
    branch: "main",
    ref: `ghcr.io/acme/web@${two}`,
    tag: "v9",
    ...(edits && { edits }),
  }).changes

test("probes an environment without the caller's tag, and accepts any image name", () => {
  const images = [...changesOf("a.yaml", ["helm:image"]), ...changesOf("staging")].flatMap((change) =>
    change.kind === "file" ? [change.image] : change.images,
  )
  const look = probeChanges(changesOf("a.yaml", ["helm:image"])).concat(probeChanges(changesOf("staging")))
  expect(look.flatMap((change) => (change.kind === "file" ? [change.image] : change.images))).toEqual(
    images.map(({ image }) => ({ image, ref: NO_IMAGE, spareTag: NO_TAG, anyName: true })),
  )
})

describe("earlier tag of a file", () => {
  test.each<{ name: string; files: Record<string, string>; path: string; edits?: string[]; tag?: string }>([
    {
      name: "values with a tag and the digest",
      files: { "v.yaml": `image:\n  repository: ghcr.io/acme/web\n  tag: "v7@${one}"\n` },
      path: "v.yaml",
      edits: ["helm:image"],
      tag: "v7",
    },
    {
      name: "the second of two edits",
      files: { ".env": `IMAGE=ghcr.io/acme/web\nIMAGE_TAG=v7@${one}\n` },
      path: ".env",
      edits: ["env:IMAGE", "env:IMAGE_TAG"],
      tag: "v7",
    },
    {
      name: "an overlay with a tag that has Flux's marker",
      files: {
        "staging/kustomization.yaml": `images:\n- name: web\n  newTag: v7 # {"$imagepolicy": "a:b:tag"}\n  digest: ${one}\n`,
      },
      path: "staging",
      tag: "v7",
    },
    {
      name: "an overlay with the digest alone",
      files: { "staging/kustomization.yaml": `images:\n- name: web\n  digest: ${one}\n` },
      path: "staging",
    },
    { name: "a file that did not exist yet", files: { "a.yaml": "" }, path: "v.yaml", edits: ["helm:image"] },
    { name: "an overlay that did not exist yet", files: { "a.yaml": "" }, path: "staging" },
  ])("reads the earlier tag $tag from $name", async ({ files, path, edits, tag }) => {
    expect(await earlierTag(stubDirectory(files), changesOf(path, edits), "kustomize")).toBe(tag)
  })

  test("throws a failure of the engine, instead of returning no tag", async () => {
    const tree = { ...stubDirectory({}), exists: () => Promise.reject(new Error("engine")) } as never
    await expect(earlierTag(tree, changesOf("v.yaml", ["helm:image"]), "kustomize")).rejects.toThrow("engine")
  })
})
