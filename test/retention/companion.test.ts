import { expect, test } from "vitest"
import { digestOf } from "../../lib/oci/reference.ts"
import { subjectOf } from "../../lib/retention/companion.ts"

const subject = digestOf("an image")
const name = subject.replace(":", "-")

test.each([name, `${name}.sig`, `${name}.att`, `${name}.sbom`])("the tag %s belongs to an image", (tag) => {
  expect(subjectOf(tag)).toBe(subject)
})

test.each(["v1", "sha256-abc", `${name.slice(0, -1)}`, `x${name}`, "latest.sig"])("%s is a tag of its own", (tag) => {
  expect(subjectOf(tag)).toBeUndefined()
})
