import { describe, expect, test } from "vitest"
import { partOf, planFields, planSingle, planText, tagKey } from "../../../lib/gitops/edit/image-fields.ts"
import type { ImageFields } from "../../../lib/gitops/edit/image-keys.ts"
import type { Part } from "../../../lib/gitops/edit/new-image.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const digest = `sha256:${NEW}`

describe("what the fields of an image become", () => {
  test.each<{ name: string; fields: ImageFields; tag?: string; plan: ImageFields }>([
    { name: "digest", fields: { repository: "ghcr.io/acme/app", digest: "" }, plan: { digest } },
    {
      name: "digest and tag",
      fields: { repository: "ghcr.io/acme/app", digest: "", tag: "v1" },
      tag: "v2",
      plan: { digest, tag: "v2" },
    },
    {
      name: "tag with digest",
      fields: { repository: "ghcr.io/acme/app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    { name: "bare hash", fields: { repository: "ghcr.io/acme/app", sha256: OLD }, plan: { sha256: NEW } },
    {
      name: "hash that has its algorithm",
      fields: { repository: "ghcr.io/acme/app", sha: `sha256:${OLD}` },
      plan: { sha: digest },
    },
    {
      name: "another repository",
      fields: { repository: "docker.io/a/b", digest: "" },
      plan: { repository: "ghcr.io/acme/app", digest },
    },
    {
      name: "registry and path",
      fields: { registry: "docker.io", repository: "a/b", digest: "" },
      plan: { registry: "ghcr.io", repository: "acme/app", digest },
    },
    {
      name: "an empty registry, which is none",
      fields: { registry: "", repository: "a/b", digest: "" },
      plan: { repository: "ghcr.io/acme/app", digest },
    },
    { name: "a whole reference under name", fields: { name: "ghcr.io/acme/app:v1" }, plan: { name: REF } },
    {
      name: "other spellings",
      fields: { repo: "ghcr.io/acme/app", imageTag: "v1", imageDigest: "" },
      tag: "v2",
      plan: { imageTag: "v2", imageDigest: digest },
    },
  ])("$name", ({ fields, tag, plan }) =>
    expect(planFields({ fields, image: { ref: REF, ...(tag && { tag }) } })).toEqual(plan),
  )

  test.each<{
    name: string
    fields: ImageFields
    around?: string[]
    tag?: string
    spareTag?: string
    plan: ImageFields
  }>([
    {
      name: "two keys that are the name together",
      fields: { repository: "ghcr.io/acme", name: "app", digest: "" },
      plan: { digest },
    },
    {
      name: "repository and image",
      fields: { repository: "ghcr.io/acme", image: "app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "registry, organisation and repository",
      fields: { registry: "ghcr.io", org: "acme", repository: "app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "hub and image",
      fields: { hub: "ghcr.io/acme", image: "app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "a label beside the repository, as elements of lists have one",
      fields: { name: "web", repository: "ghcr.io/acme/app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "a label beside registry and repository",
      fields: { name: "web", registry: "ghcr.io", repository: "acme/app@sha256", tag: OLD },
      plan: { tag: NEW },
    },
    ...["server", "domain", "prefix", "registryUrl"].map((key) => ({
      name: `a registry called ${key}`,
      fields: { [key]: "https://ghcr.io/", repository: "acme/app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    })),
    {
      name: "a registry and a part of the path under a key of its own",
      fields: { base: "ghcr.io/acme", repository: "app", digest: "" },
      plan: { digest },
    },
    {
      name: "a whole image behind a registry under a key of its own",
      fields: { server: "ghcr.io", repository: "acme/app:v1" },
      plan: { repository: `acme/app@${digest}` },
    },
    {
      name: "a registry that stands around the mapping",
      fields: { repository: "acme/app", tag: "v1" },
      around: ["ghcr.io"],
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "another registry around the mapping",
      fields: { repository: "acme/app", tag: "v1" },
      around: ["old.example"],
      tag: "v2",
      plan: { repository: "ghcr.io/acme/app", tag: `v2@${digest}` },
    },
    {
      name: "a repository that moved",
      fields: { imageRepository: "old.example/acme/app", imageTag: "v1" },
      tag: "v2",
      plan: { imageRepository: "ghcr.io/acme/app", imageTag: `v2@${digest}` },
    },
    {
      name: "a component that is called as its image",
      fields: { name: "app", image: "ghcr.io/acme/app:v1" },
      plan: { image: REF },
    },
    {
      name: "a whole image below a registry",
      fields: { registry: "docker.io", repository: "acme/old:v1" },
      plan: { registry: "ghcr.io", repository: `acme/app@${digest}` },
    },
    {
      name: "a registry that ends in a slash",
      fields: { registry: "docker.io/", repository: "acme/old", digest: "" },
      plan: { registry: "ghcr.io/", repository: "acme/app", digest },
    },
    {
      name: "a spare tag, where there is no other place",
      fields: { repository: "ghcr.io/acme/app", tag: "" },
      spareTag: "v3",
      plan: { tag: `v3@${digest}` },
    },
    {
      name: "a spare tag, where a tag would be stale",
      fields: { repository: "ghcr.io/acme/app", tag: "v1", digest: "" },
      spareTag: "v3",
      plan: { tag: "v3", digest },
    },
    {
      name: "a digest with its sign",
      fields: { repository: "ghcr.io/acme/app", digest: `@sha256:${OLD}` },
      plan: { digest: `@${digest}` },
    },
    {
      name: "a tag that is a digest",
      fields: { repository: "ghcr.io/acme/app", tag: `sha256:${OLD}` },
      tag: "v2",
      plan: { tag: digest },
    },
    {
      name: "a tag that was pinned by itself",
      fields: { repository: "ghcr.io/acme/app", tag: `v1@sha256:${OLD}`, digest: "" },
      plan: { tag: "v1", digest },
    },
  ])("$name", ({ fields, around = [], plan, ...tags }) => {
    const { tag, spareTag } = tags
    const image = { ref: REF, ...(tag && { tag }), ...(spareTag && { spareTag }) }
    expect(planFields({ fields, image, around })).toEqual(plan)
  })

  test.each<ImageFields>([
    { repository: "old.example/acme/app", name: "app", digest: "" },
    { repository: "old.example/acme", name: "app", digest: "" },
    { repository: "ghcr.io/acme/app", image: "app", tag: "v1" },
    { registry: "ghcr.io", org: "acme", repository: "acme/app", tag: "v1" },
    { hub: "old.example/acme", image: "app", tag: "v1" },
  ])("%o is refused: the template would join what was written to what is there", (fields) => {
    expect(() => planFields({ fields, image: { ref: REF, tag: "v2" } })).toThrow(
      /^EDIT_INVALID: expected one key that names the repository, .*ghcr\.io\/acme\/app together, got more than one key names the repository: /,
    )
  })

  test("where only the digest is looked for, the name does not matter", () => {
    const fields = { repository: "old.example/acme", name: "app", digest: "" }
    expect(planFields({ fields, image: { ref: REF, anyName: true } })).toEqual({ digest })
  })

  test("there must be a place for the digest, or a tag to write it with", () => {
    expect(() => planFields({ fields: { repository: "ghcr.io/acme/app", tag: "v1" }, image: { ref: REF } })).toThrow(
      "EDIT_INVALID: expected a key digest or sha, or a tag to write into tag together with the digest, got the keys repository, tag, and no tag was passed. Pass a tag of the image as --tag",
    )
  })

  test.each([{ tag: "v2" }, { spareTag: "v2" }, {}])("without a key for tag or digest, %o is of no use", (tags) => {
    expect(() => planFields({ fields: { repository: "ghcr.io/acme/app" }, image: { ref: REF, ...tags } })).toThrow(
      /expected a key that can hold the digest: .*got the keys repository.* Add an empty tag or digest key/,
    )
  })
})

describe("what an image that is one text becomes, with what stands beside it", () => {
  test.each<{ key: string; fields: ImageFields; tag?: string; plan: ImageFields }>([
    {
      key: "image",
      fields: { image: "ghcr.io/acme/app", imageTag: "v1" },
      tag: "v2",
      plan: { imageTag: `v2@${digest}` },
    },
    {
      key: "image",
      fields: { image: "a.b/c", imageTag: "v1" },
      tag: "v2",
      plan: { image: "ghcr.io/acme/app", imageTag: `v2@${digest}` },
    },
    {
      key: "image",
      fields: { image: "ghcr.io/acme/app", imageTag: "v1", imageDigest: "" },
      plan: { imageDigest: digest },
    },
    {
      key: "image",
      fields: { image: "ghcr.io/acme/app:v1", imageTag: "v1" },
      tag: "v2",
      plan: { image: `ghcr.io/acme/app:v2@${digest}` },
    },
    { key: "image", fields: { image: "ghcr.io/acme/app" }, plan: { image: REF } },
    { key: "image", fields: { image: "acme/app", registry: "ghcr.io" }, plan: { image: `acme/app@${digest}` } },
    { key: "image", fields: { image: "docker://ghcr.io/acme/app:v1" }, plan: { image: `docker://${REF}` } },
    {
      key: "image",
      fields: { image: "app", hub: "ghcr.io/acme", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      key: "image",
      fields: { image: "", tag: "" },
      tag: "v2",
      plan: { image: "ghcr.io/acme/app", tag: `v2@${digest}` },
    },
  ])("$key of $fields", ({ key, fields, tag, plan }) => {
    expect(planText(key, { fields, image: { ref: REF, ...(tag && { tag }) } })).toEqual(plan)
  })

  test.each<{ key: string; fields: ImageFields }>([
    { key: "initImage", fields: { image: "a.b/c", imageTag: "v1", initImage: "ghcr.io/acme/app" } },
    { key: "sidecarImage", fields: { repository: "a.b/c", tag: "v1", sidecarImage: "ghcr.io/acme/app" } },
    { key: "sidecarImage", fields: { image: "a.b/c", version: "v1", digest: "", sidecarImage: "ghcr.io/acme/app" } },
    { key: "webImage", fields: { webImage: "ghcr.io/acme/app", imageTag: "v1", imageDigest: "" } },
  ])("$key of $fields holds all of it: the tag is that of another image", ({ key, fields }) => {
    expect(planText(key, { fields, image: { ref: REF } })).toEqual({ [key]: REF })
  })

  test("a tag that several images have in common is not written for one of them", () => {
    const fields = { apiImage: "ghcr.io/acme/app", webImage: "ghcr.io/acme/web", tag: "v1" }
    expect(() => planText("apiImage", { fields, image: { ref: REF, tag: "v2" } })).toThrow(
      /expected a tag or digest of apiImage alone, got tag, which may be for apiImage, webImage\. Add a key such as apiImageTag/,
    )
    expect(planText("apiImage", { fields: { ...fields, webImageTag: "" }, image: { ref: REF, tag: "v2" } })).toEqual({
      tag: `v2@${digest}`,
    })
  })

  test("a registry with a port is no name with a tag", () => {
    const ref = parseDigestRef(`localhost:5000/acme/app@${digest}`)
    const fields = { registry: "localhost:5000", org: "acme", repository: "app", digest: "" }
    expect(planFields({ fields, image: { ref } })).toEqual({ digest })
  })

  test("without a tag for the text beside it there is nothing to write", () => {
    const fields = { image: "ghcr.io/acme/app", imageTag: "v1" }
    expect(() => planText("image", { fields, image: { ref: REF } })).toThrow(/a tag to write into imageTag .*--tag/)
  })

  test("a registry that other images have too is not written", () => {
    const fields = { image: "acme/old", registry: "ghcr.io", tag: "v1" }
    expect(() => planText("image", { fields, image: { ref: REF, tag: "v2" } })).toThrow(
      "more than one key names the repository: registry ghcr.io, image acme/old",
    )
  })
})

describe("which part a single value is", () => {
  test.each<{ key: string; fields: ImageFields; part: Part }>([
    { key: "image", fields: { image: "a.b/c:v1" }, part: "ref" },
    { key: "image", fields: { image: "a.b/c", digest: "" }, part: "repository" },
    { key: "digest", fields: { digest: "" }, part: "digest" },
    { key: "value", fields: { value: `sha256:${OLD}` }, part: "digest" },
    { key: "image", fields: { image: "a.b/c", version: "v1" }, part: "repository" },
    { key: "webImage", fields: { webImage: "a.b/c", webImageTag: "v1" }, part: "repository" },
    { key: "webImage", fields: { webImage: "a.b/c", image_version: "v1" }, part: "ref" },
    { key: "image", fields: { image: "a.b/c", image_version: "v1" }, part: "repository" },
    { key: "initImage", fields: { initImage: "a.b/c", image: "a.b/d", tag: "v1" }, part: "ref" },
    { key: "webTag", fields: { webImage: "a.b/c", webTag: "v1", webDigest: "" }, part: "tag" },
    { key: "webTag", fields: { image: "a.b/d", digest: "", webImage: "a.b/c", webTag: "v1" }, part: "pinned-tag" },
    { key: "gitSha", fields: { gitSha: "x" }, part: "hex" },
    { key: "registry", fields: { registry: "a.b" }, part: "registry" },
    { key: "repository", fields: { repository: "a.b/c" }, part: "repository" },
    { key: "repository", fields: { registry: "a.b", repository: "c" }, part: "path" },
    { key: "tag", fields: { tag: "v1" }, part: "pinned-tag" },
    { key: "tag", fields: { tag: "v1", digest: "" }, part: "tag" },
    { key: "tag", fields: { repository: "a.b/c@sha256", tag: OLD }, part: "hex" },
  ])("$key of $fields is $part", ({ key, fields, part }) => expect(partOf(key, fields)).toBe(part))
})

describe("what a single value becomes", () => {
  test.each<{ key: string; fields: ImageFields; around?: string[]; is: string }>([
    { key: "repository", fields: { name: "web", repository: "ghcr.io/acme/app", tag: "" }, is: "ghcr.io/acme/app" },
    { key: "repository", fields: { repository: "acme/app", tag: "" }, around: ["ghcr.io"], is: "acme/app" },
    { key: "repository", fields: { repository: "", tag: "" }, is: "ghcr.io/acme/app" },
    { key: "registry", fields: { registry: "", repository: "acme/app" }, is: "ghcr.io" },
    { key: "image", fields: { image: "acme/old:v1", registry: "old.example" }, is: `acme/app@${digest}` },
    { key: "image", fields: { image: "a.b/c:v1", registry: "a.b" }, is: REF },
    { key: "image", fields: { image: "acme/app:v1" }, around: ["ghcr.io"], is: `acme/app@${digest}` },
    { key: "webImage", fields: { webImage: "a.b/c", webImageTag: "v1" }, is: "ghcr.io/acme/app" },
    { key: "tag", fields: { tag: OLD, repository: "ghcr.io/acme/app@sha256" }, is: NEW },
  ])("$key of $fields is $is", ({ key, is, ...planning }) => {
    expect(planSingle(key, { ...planning, image: { ref: REF } })).toBe(is)
  })
})

test.each<{ fields: ImageFields; key?: string }>([
  { fields: { tag: "v1" }, key: "tag" },
  { fields: { newTag: "v1", version: "1" }, key: "newTag" },
  { fields: { repository: "a" }, key: undefined },
])("people read the version of $fields from $key", ({ fields, key }) => expect(tagKey(fields)).toBe(key))
