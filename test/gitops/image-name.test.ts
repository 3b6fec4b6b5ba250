import { expect, test } from "vitest"
import { parseImageName, splitImage } from "../../lib/gitops/image-name.ts"

test.each(["web", "acme/web", "ghcr.io/acme/web", "localhost:5000/web", "my.registry/a/b/c", "WEB_IMAGE"])(
  "takes %s",
  (text) => {
    expect(parseImageName(text)).toBe(text)
  },
)

test.each([
  { name: "a tag", text: "acme/web:v1" },
  { name: "a digest", text: `acme/web@sha256:${"0".repeat(64)}` },
  { name: "nothing", text: "" },
  { name: "an equals sign, which kustomize would take for the new name", text: "a=b" },
  { name: "a pattern", text: ".*" },
  { name: "an open bracket, on which kustomize 5.8.1 panics", text: "app(" },
  { name: "an option", text: "--help" },
  { name: "a space", text: "acme web" },
])("refuses $name", ({ text }) => {
  expect(() => parseImageName(text)).toThrow("OPTIONS_INVALID: expected an image's name")
})

const digest = `sha256:${"0a".repeat(32)}`

test.each([
  { text: "web", parts: { name: "web" } },
  { text: "web:v1", parts: { name: "web", tag: "v1" } },
  { text: "localhost:5000/web", parts: { name: "localhost:5000/web" } },
  { text: `localhost:5000/web:v1@${digest}`, parts: { name: "localhost:5000/web", tag: "v1", digest } },
  { text: `ghcr.io/acme/web@${digest}`, parts: { name: "ghcr.io/acme/web", digest } },
  { text: "PLACEHOLDER", parts: { name: "PLACEHOLDER" } },
  { text: "not an image", parts: undefined },
  { text: "$(IMAGE)", parts: undefined },
])("splits $text", ({ text, parts }) => {
  expect(splitImage(text)).toEqual(parts)
})
