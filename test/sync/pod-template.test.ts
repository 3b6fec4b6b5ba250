import { expect, test } from "vitest"
import { carries, imagesOf, ofRepository, PodTemplate } from "../../lib/sync/pod-template.ts"
import { DIGEST, OLD_DIGEST, REPOSITORY, WANTED } from "./objects.ts"

test("init containers come first, as they do in the pod; an image may be missing", () => {
  const spec = { initContainers: [{ image: "a" }], containers: [{ image: "b" }, { name: "filled in by an operator" }] }
  expect(imagesOf(PodTemplate.parse({ spec }))).toEqual(["a", "b", ""])
})

test.each([
  { image: `${REPOSITORY}@${DIGEST}`, yes: true },
  { image: `${REPOSITORY}:1.4.0@${DIGEST}`, yes: true },
  { image: `mirror:5000/hello@${DIGEST}`, yes: true },
  { image: `${REPOSITORY}@${OLD_DIGEST}`, yes: false },
  { image: `${REPOSITORY}:1.4.0`, yes: false },
  { image: `${REPOSITORY}@${DIGEST.slice(0, -1)}`, yes: false },
])("$image is the digest: $yes", ({ image, yes }) => {
  expect(carries(["redis:8", image], WANTED.image)).toBe(yes)
})

test("what has the repository is found by its whole name, whatever tag, port or digest", () => {
  const own = [REPOSITORY, `${REPOSITORY}:1.4.0`, `${REPOSITORY}:1.4.0@${OLD_DIGEST}`]
  expect(ofRepository([...own, `${REPOSITORY}-api:1`, "acme/hello:1"], WANTED.image)).toEqual(own)
  const local = { repository: "registry.test:5000/hello", digest: DIGEST }
  expect(ofRepository(["registry.test:5000/hello", "registry.test:5001/hello"], local)).toHaveLength(1)
})
