import { describe, expect, test } from "vitest"
import { partOf, planFields, planSingle, planText, tagKey } from "../../../lib/gitops/edit/image-fields.ts"
import type { ImageFields } from "../../../lib/gitops/edit/image-keys.ts"
import type { Part } from "../../../lib/gitops/edit/new-image.ts"
import { parseDigestRef } from "../../../lib/oci/reference.ts"
import { NEW, OLD, REF } from "./edit-cases.ts"

const digest = `sha256:${NEW}`

describe("fields of an image", () => {
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
      name: "hash with its algorithm",
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
      name: "an empty registry",
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
  ])("plans $name", ({ fields, tag, plan }) =>
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
      name: "two keys that together are the name",
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
      name: "a label with the repository, as in list elements",
      fields: { name: "web", repository: "ghcr.io/acme/app", tag: "v1" },
      tag: "v2",
      plan: { tag: `v2@${digest}` },
    },
    {
      name: "a label with registry and repository",
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
      name: "a registry with a part of the path under another key",
      fields: { base: "ghcr.io/acme", repository: "app", digest: "" },
      plan: { digest },
    },
    {
      name: "a whole image below a registry under another key",
      fields: { server: "ghcr.io", repository: "acme/app:v1" },
      plan: { repository: `acme/app@${digest}` },
    },
    {
      name: "a registry around the mapping",
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
      name: "a component with the name of its image",
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
      name: "a spare tag if there is no other place",
      fields: { repository: "ghcr.io/acme/app", tag: "" },
      spareTag: "v3",
      plan: { tag: `v3@${digest}` },
    },
    {
      name: "a spare tag instead of a stale one",
      fields: { repository: "ghcr.io/acme/app", tag: "v1", digest: "" },
      spareTag: "v3",
      plan: { tag: "v3", digest },
    },
    {
      name: "a digest with its @",
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
      name: "a tag with its own digest",
      fields: { repository: "ghcr.io/acme/app", tag: `v1@sha256:${OLD}`, digest: "" },
      plan: { tag: "v1", digest },
    },
  ])("plans $name", ({ fields, around = [], plan, ...tags }) => {
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
  ])("refuses %o, whose keys a template joins", (fields) => {
    expect(() => planFields({ fields, image: { ref: REF, tag: "v2" } })).toThrow(
      /^EDIT_INVALID: expected one key that names the repository, .*ghcr\.io\/acme\/app, got several keys with another name: /,
    )
  })

  test("accepts any name when probing for the digest", () => {
    const fields = { repository: "old.example/acme", name: "app", digest: "" }
    expect(planFields({ fields, image: { ref: REF, anyName: true } })).toEqual({ digest })
  })

  test("requires a place for the digest, or a tag to write with it", () => {
    expect(() => planFields({ fields: { repository: "ghcr.io/acme/app", tag: "v1" }, image: { ref: REF } })).toThrow(
      "EDIT_INVALID: expected a key digest or sha, or a tag to write into tag together with the digest, got the keys repository, tag, and no tag. Pass a tag of the image as --tag",
    )
  })

  test.each([{ tag: "v2" }, { spareTag: "v2" }, {}])(
    "refuses fields without a key for tag or digest, with %o",
    (tags) => {
      expect(() => planFields({ fields: { repository: "ghcr.io/acme/app" }, image: { ref: REF, ...tags } })).toThrow(
        /expected a key that can hold the digest: .*got the keys repository.* Add an empty tag or digest key/,
      )
    },
  )
})

describe("image of one text with its siblings", () => {
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
  ])("plans $key of $fields", ({ key, fields, tag, plan }) => {
    expect(planText(key, { fields, image: { ref: REF, ...(tag && { tag }) } })).toEqual(plan)
  })

  test.each<{ key: string; fields: ImageFields }>([
    { key: "initImage", fields: { image: "a.b/c", imageTag: "v1", initImage: "ghcr.io/acme/app" } },
    { key: "sidecarImage", fields: { repository: "a.b/c", tag: "v1", sidecarImage: "ghcr.io/acme/app" } },
    { key: "sidecarImage", fields: { image: "a.b/c", version: "v1", digest: "", sidecarImage: "ghcr.io/acme/app" } },
    { key: "webImage", fields: { webImage: "ghcr.io/acme/app", imageTag: "v1", imageDigest: "" } },
  ])("writes the whole reference to $key of $fields, whose tag is of another image", ({ key, fields }) => {
    expect(planText(key, { fields, image: { ref: REF } })).toEqual({ [key]: REF })
  })

  test("refuses a tag that several images share", () => {
    const fields = { apiImage: "ghcr.io/acme/app", webImage: "ghcr.io/acme/web", tag: "v1" }
    expect(() => planText("apiImage", { fields, image: { ref: REF, tag: "v2" } })).toThrow(
      /expected a tag or digest for apiImage only, got tag, which may apply to apiImage, webImage\. Add a key such as apiImageTag/,
    )
    expect(planText("apiImage", { fields: { ...fields, webImageTag: "" }, image: { ref: REF, tag: "v2" } })).toEqual({
      tag: `v2@${digest}`,
    })
  })

  test("does not read the port of a registry as a tag", () => {
    const ref = parseDigestRef(`localhost:5000/acme/app@${digest}`)
    const fields = { registry: "localhost:5000", org: "acme", repository: "app", digest: "" }
    expect(planFields({ fields, image: { ref } })).toEqual({ digest })
  })

  test("requires a tag for a sibling tag", () => {
    const fields = { image: "ghcr.io/acme/app", imageTag: "v1" }
    expect(() => planText("image", { fields, image: { ref: REF } })).toThrow(/a tag to write into imageTag .*--tag/)
  })

  test("refuses to write a registry that other images share", () => {
    const fields = { image: "acme/old", registry: "ghcr.io", tag: "v1" }
    expect(() => planText("image", { fields, image: { ref: REF, tag: "v2" } })).toThrow(
      "several keys with another name: registry ghcr.io, image acme/old",
    )
  })
})

describe("part of a single value", () => {
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
  ])("derives the part $part of $key in $fields", ({ key, fields, part }) => expect(partOf(key, fields)).toBe(part))
})

describe("single value", () => {
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
  ])("plans $key of $fields as $is", ({ key, is, ...planning }) => {
    expect(planSingle(key, { ...planning, image: { ref: REF } })).toBe(is)
  })
})

test.each<{ fields: ImageFields; key?: string }>([
  { fields: { tag: "v1" }, key: "tag" },
  { fields: { newTag: "v1", version: "1" }, key: "newTag" },
  { fields: { repository: "a" }, key: undefined },
])("finds the version of $fields in $key", ({ fields, key }) => expect(tagKey(fields)).toBe(key))
