import { describe, expect, test } from "vitest"
import { imageGlobs, imagePattern, objectName, pinnedPattern, spellings } from "../../lib/policy/spelling.ts"

const digest = `sha256:${"0a".repeat(32)}`

test.each([
  { repository: "ghcr.io/acme/app", names: ["ghcr.io/acme/app"] },
  { repository: "localhost:5000/app", names: ["localhost:5000/app"] },
  { repository: "docker.io/acme/app", names: ["docker.io/acme/app", "index.docker.io/acme/app", "acme/app"] },
  {
    repository: "docker.io/library/app",
    names: [
      ...["docker.io/library/app", "index.docker.io/library/app", "docker.io/app", "index.docker.io/app"],
      ...["library/app", "app"],
    ],
  },
])("$repository can be written as $names", ({ repository, names }) => {
  expect(spellings(repository)).toEqual(names)
  expect(imageGlobs(repository)).toHaveLength(3 * names.length)
})

test("a repository is matched without a tag, with one, and with a digest", () => {
  expect(imageGlobs("ghcr.io/acme/app")).toEqual(["ghcr.io/acme/app", "ghcr.io/acme/app:*", "ghcr.io/acme/app@*"])
})

describe("an image is the repository's", () => {
  test.each([
    { image: "ghcr.io/acme/app", ours: true, pinned: false },
    { image: "ghcr.io/acme/app:v1", ours: true, pinned: false },
    { image: `ghcr.io/acme/app@${digest}`, ours: true, pinned: true },
    { image: `ghcr.io/acme/app:v1@${digest}`, ours: true, pinned: true },
    { image: `ghcr.io/acme/app@${digest}0`, ours: true, pinned: false },
    { image: `ghcr.io/acme/app-evil@${digest}`, ours: false, pinned: false },
    { image: `ghcr.io/acme/app/evil@${digest}`, ours: false, pinned: false },
    { image: `ghcrxio/acme/app@${digest}`, ours: false, pinned: false },
    { image: `evil.example/ghcr.io/acme/app@${digest}`, ours: false, pinned: false },
  ])("$image: $ours, and pinned: $pinned", ({ image, ours, pinned }) => {
    expect(new RegExp(imagePattern("ghcr.io/acme/app")).test(image)).toBe(ours)
    expect(new RegExp(pinnedPattern("ghcr.io/acme/app")).test(image)).toBe(pinned)
  })

  test.each(["app", "library/app:1", `docker.io/app@${digest}`])("%s, on Docker Hub", (image) => {
    expect(new RegExp(imagePattern("docker.io/library/app")).test(image)).toBe(true)
  })

  test("also with an IPv6 address", () => {
    expect(new RegExp(pinnedPattern("[::1]:5000/app")).test(`[::1]:5000/app@${digest}`)).toBe(true)
  })
})

test.each([
  { repository: "ghcr.io/acme/app", name: "signed-ghcr-io-acme-app" },
  { repository: "localhost:5000/a__b", name: "signed-localhost-5000-a-b" },
  { repository: `ghcr.io/${"long-".repeat(20)}app`, name: /^signed-[a-z0-9][a-z0-9-]*-long-app$/ },
])("the policy for $repository is an object with a valid name", ({ repository, name }) => {
  expect(objectName(repository)).toMatch(name)
  expect(objectName(repository)).toMatch(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
})
