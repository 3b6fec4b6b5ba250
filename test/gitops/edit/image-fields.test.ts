import { describe, expect, test } from "vitest"
import { partOf, planFields, planText, tagKey } from "../../../lib/gitops/edit/image-fields.ts"
import type { ImageFields } from "../../../lib/gitops/edit/image-keys.ts"
import type { Part } from "../../../lib/gitops/edit/new-image.ts"
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
  ])("$name", ({ fields, tag, plan }) => expect(planFields(fields, { ref: REF, ...(tag && { tag }) })).toEqual(plan))

  test.each<{ name: string; fields: ImageFields; tag?: string; spareTag?: string; plan: ImageFields }>([
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
  ])("$name", ({ fields, tag, spareTag, plan }) => {
    expect(planFields(fields, { ref: REF, ...(tag && { tag }), ...(spareTag && { spareTag }) })).toEqual(plan)
  })

  test.each<ImageFields>([
    { repository: "ghcr.io/acme/app", name: "app", digest: "" },
    { repository: "old.example/acme", name: "app", digest: "" },
    { repository: "ghcr.io/acme/app", image: "app", tag: "v1" },
    { registry: "ghcr.io", org: "acme", repository: "acme/app", tag: "v1" },
    { hub: "old.example/acme", image: "app", tag: "v1" },
  ])("%o is refused: the template would join what was written to what is there", (fields) => {
    expect(() => planFields(fields, { ref: REF, tag: "v2" })).toThrow(
      /^EDIT_INVALID: expected one key that names the repository, .*ghcr\.io\/acme\/app together, got more than one key names the repository: /,
    )
  })

  test("where only the digest is looked for, the name does not matter", () => {
    const fields = { repository: "old.example/acme", name: "app", digest: "" }
    expect(planFields(fields, { ref: REF, anyName: true })).toEqual({ digest })
  })

  test("there must be a place for the digest, or a tag to write it with", () => {
    expect(() => planFields({ repository: "ghcr.io/acme/app", tag: "v1" }, { ref: REF })).toThrow(
      "EDIT_INVALID: expected a key digest or sha, or a tag to write into tag together with the digest, got the keys repository, tag, and no tag was passed. Pass a tag of the image as --tag (of ship: --gitops-tag",
    )
  })

  test.each([{ tag: "v2" }, { spareTag: "v2" }, {}])("without a key for tag or digest, %o is of no use", (tags) => {
    expect(() => planFields({ repository: "ghcr.io/acme/app" }, { ref: REF, ...tags })).toThrow(
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

  test("without a tag for the text beside it there is nothing to write", () => {
    const fields = { image: "ghcr.io/acme/app", imageTag: "v1" }
    expect(() => planText("image", { fields, image: { ref: REF } })).toThrow(
      /a tag to write into imageTag .*--gitops-tag/,
    )
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
    { key: "gitSha", fields: { gitSha: "x" }, part: "hex" },
    { key: "registry", fields: { registry: "a.b" }, part: "registry" },
    { key: "repository", fields: { repository: "a.b/c" }, part: "repository" },
    { key: "repository", fields: { registry: "a.b", repository: "c" }, part: "path" },
    { key: "tag", fields: { tag: "v1" }, part: "pinned-tag" },
    { key: "tag", fields: { tag: "v1", digest: "" }, part: "tag" },
    { key: "tag", fields: { repository: "a.b/c@sha256", tag: OLD }, part: "hex" },
  ])("$key of $fields is $part", ({ key, fields, part }) => expect(partOf(key, fields)).toBe(part))
})

test.each<{ fields: ImageFields; key?: string }>([
  { fields: { tag: "v1" }, key: "tag" },
  { fields: { newTag: "v1", version: "1" }, key: "newTag" },
  { fields: { repository: "a" }, key: undefined },
])("people read the version of $fields from $key", ({ fields, key }) => expect(tagKey(fields)).toBe(key))
