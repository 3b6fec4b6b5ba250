import { describe, expect, test } from "vitest"
import {
  type ImageFields,
  type ImageKeys,
  isRepository,
  isVersionKey,
  isWhole,
  keysOfMapping,
  keysOfText,
} from "../../../lib/gitops/edit/image-keys.ts"

describe("keys of a mapping", () => {
  test.each<{ fields: ImageFields; keys: ImageKeys }>([
    { fields: { repository: "a.b/c", tag: "" }, keys: { names: ["repository"], tag: "tag" } },
    { fields: { registry: "a.b", repository: "c" }, keys: { registry: "registry", names: ["repository"] } },
    { fields: { registry: "", repository: "a.b/c" }, keys: { names: ["repository"] } },
    { fields: { repository: "a.b/acme", name: "web" }, keys: { names: ["repository", "name"] } },
    { fields: { repository: "a.b/acme", image: "web", name: "x" }, keys: { names: ["repository", "image"] } },
    { fields: { name: "web", image: "a.b/acme/web", imageTag: "1" }, keys: { names: ["image"], tag: "imageTag" } },
    {
      fields: { registry: "a.b", org: "acme", repository: "web" },
      keys: { registry: "registry", names: ["org", "repository"] },
    },
    {
      fields: { registry: "a.b", namespace: "acme", repository: "web" },
      keys: { registry: "registry", names: ["namespace", "repository"] },
    },
    { fields: { namespace: "prod", image: "acme/web" }, keys: { names: ["image"] } },
    { fields: { hub: "a.b/acme", image: "web", tag: "1" }, keys: { names: ["hub", "image"], tag: "tag" } },
    { fields: { host: "web.example.com", image: "a.b/acme/web" }, keys: { names: ["image"] } },
    { fields: { imageRepository: "a.b/c", imageTag: "1" }, keys: { names: ["imageRepository"], tag: "imageTag" } },
    { fields: { repository: "", tag: "1" }, keys: { names: ["repository"], tag: "tag" } },
    {
      fields: { repository: "a.b/c", sha: "", version: "1" },
      keys: { names: ["repository"], hex: "sha", tag: "version" },
    },
    { fields: { repo: "a.b/c", image_version: "1" }, keys: { names: ["repo"], tag: "image_version" } },
    { fields: { pullPolicy: "Always" }, keys: { names: [] } },
  ])("finds the keys of $fields", ({ fields, keys }) => expect(keysOfMapping(fields)).toEqual(keys))
})

describe("keys of a text", () => {
  test.each<{ key: string; fields: ImageFields; keys: ImageKeys }>([
    { key: "image", fields: { image: "a.b/c", imageTag: "1" }, keys: { names: ["image"], tag: "imageTag" } },
    { key: "image", fields: { image: "a.b/c", version: "1" }, keys: { names: ["image"], tag: "version" } },
    { key: "image", fields: { image: "a.b/c:1", imageTag: "1" }, keys: { names: ["image"] } },
    { key: "image", fields: { image: "a.b/c", host: "web.example.com" }, keys: { names: ["image"] } },
    {
      key: "webImage",
      fields: { webImage: "a.b/c", tag: "1", webImageTag: "2", apiImageTag: "3" },
      keys: { names: ["webImage"], tag: "webImageTag" },
    },
    { key: "webImage", fields: { webImage: "a.b/c", webTag: "2" }, keys: { names: ["webImage"], tag: "webTag" } },
    { key: "web_image", fields: { web_image: "a.b/c", web_tag: "2" }, keys: { names: ["web_image"], tag: "web_tag" } },
    { key: "webImage", fields: { webImage: "a.b/c", apiImageTag: "3" }, keys: { names: ["webImage"] } },
    {
      key: "image",
      fields: { image: "web", hub: "a.b/acme", tag: "1" },
      keys: { names: ["hub", "image"], tag: "tag" },
    },
    { key: "image", fields: { image: "web", repository: "a.b/acme" }, keys: { names: ["repository", "image"] } },
    {
      key: "repository",
      fields: { registry: "a.b", repository: "c", tag: "1" },
      keys: { registry: "registry", names: ["repository"], tag: "tag" },
    },
  ])("finds the keys of $key in $fields", ({ key, fields, keys }) => expect(keysOfText(key, fields)).toEqual(keys))
})

test.each([
  { text: "a.b/c", repository: true, whole: false },
  { text: "a.b:5000/c", repository: true, whole: false },
  { text: "a.b/c@sha256", repository: true, whole: false },
  { text: "a.b/c:1", repository: false, whole: true },
  { text: "a.b/c@sha256:0a", repository: false, whole: true },
  { text: "", repository: false, whole: false },
])("classifies $text: repository $repository, whole $whole", ({ text, repository, whole }) => {
  expect(isRepository(text)).toBe(repository)
  expect(isWhole(text)).toBe(whole)
})

test.each(["tag", "imageTag", "version", "digest", "sha", "image_sha256"])("reads %s as a version key", (key) => {
  expect(isVersionKey(key)).toBe(true)
})
test.each(["image", "repository", "name"])("reads %s as an image key", (key) => expect(isVersionKey(key)).toBe(false))
