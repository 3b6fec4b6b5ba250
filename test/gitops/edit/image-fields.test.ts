import { describe, expect, test } from "vitest"
import { type ImageFields, partOf, planFields, tagKey } from "../../../src/gitops/edit/image-fields.ts"
import type { Part } from "../../../src/gitops/edit/new-image.ts"
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

  test("there must be a place for the digest", () => {
    expect(() => planFields({ repository: "ghcr.io/acme/app", tag: "v1" }, { ref: REF })).toThrow(
      /got only repository, tag, and no tag/,
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
