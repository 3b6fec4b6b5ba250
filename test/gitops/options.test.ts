import { expect, test } from "vitest"
import { parseBumpOptions, parsePlace } from "../../lib/gitops/options.ts"

const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
const options = { path: "./apps/web/", image: "acme/web", ref, branch: "main" }

test("applies the defaults", () => {
  expect(parseBumpOptions(options)).toEqual({
    kind: "bump",
    branch: "main",
    changes: [{ kind: "overlay", path: "apps/web", images: [{ image: "acme/web", ref }] }],
    source: {},
    message: "Bump {image} to {digest} in {path}",
    author: { name: "slipway", email: "slipway@noreply.invalid", signOff: false },
    timeout: 300,
  })
})

test("keeps the caller's options", () => {
  const source = { sourceRepository: "https://me:pw@git/acme/web", sourceRevision: "4f1c", sourceOrder: 7 }
  expect(
    parseBumpOptions({ ...options, ...source, tag: "v1", pipeline: "https://ci/7", timeout: 5, signOff: true }),
  ).toMatchObject({
    changes: [{ images: [{ tag: "v1" }] }],
    source: { repository: "https://git/acme/web", revision: "4f1c", order: 7 },
    pipeline: "https://ci/7",
    author: { signOff: true },
    timeout: 5,
  })
})

test.each([
  { name: "an image by tag", change: { ref: "ghcr.io/acme/web:v1" }, code: "REFERENCE_INVALID" },
  { name: "a tag with a space", change: { tag: "v 1" }, code: "TAG_INVALID" },
  {
    name: "a second trailer in the revision",
    change: { sourceRevision: "a\nSlipway-Kind: rollback" },
    code: "OPTIONS_INVALID",
  },
  { name: "a second line in the pipeline", change: { pipeline: "a\nb" }, code: "OPTIONS_INVALID" },
  { name: "an order below one", change: { sourceOrder: 0 }, code: "OPTIONS_INVALID" },
  { name: "half an order", change: { sourceOrder: 1.5 }, code: "OPTIONS_INVALID" },
  { name: "no time at all", change: { timeout: 0 }, code: "OPTIONS_INVALID" },
  { name: "a way out of the repository", change: { path: "../x" }, code: "OPTIONS_INVALID" },
  { name: "an unknown placeholder", change: { message: "{x}" }, code: "OPTIONS_INVALID" },
])("refuses $name before anything is cloned", ({ change, code }) => {
  expect(() => parseBumpOptions({ ...options, ...change })).toThrow(new RegExp(`^${code}: `))
})

test.each([
  { name: "an overlay", options: { path: "./overlays/prod/" }, path: "overlays/prod" },
  { name: "a file", options: { path: "values.yaml", edits: ["helm:image"] }, path: "values.yaml" },
  { name: "another file's edit", options: { path: "prod", edits: ["./a.yaml#helm:image"] }, path: "a.yaml" },
])("parses the place of $name like its trailer", ({ options, path }) => {
  expect(parsePlace({ ...options, image: "web" })).toEqual({ path, image: "web" })
})
