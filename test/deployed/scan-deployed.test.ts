import { describe, expect, test } from "vitest"
import { failureOf, requireImages } from "../../lib/deployed/scan-deployed.ts"
import { SlipwayError } from "../../lib/error.ts"
import { digest, environment, notScanned, passing } from "./sample-outcome.ts"

test("keeps the code of a known failure", () => {
  const error = new SlipwayError("REGISTRY_FAILED", { expected: "a", got: "b", fix: "C." })
  expect(failureOf(error)).toEqual({ code: "REGISTRY_FAILED", message: "REGISTRY_FAILED: expected a, got b. C." })
})

test("keeps the words of an unknown failure, so that the image never counts as scanned", () => {
  expect(failureOf(new Error("the engine is gone"))).toEqual({ message: "the engine is gone" })
})

describe("charts beside images", () => {
  const chart = { ...environment("charts.yaml"), digest: digest("0c") }

  test.each([
    { name: "a scanned image", images: [passing()] },
    { name: "one that could not be scanned", images: [notScanned("app")] },
  ])("are no reason to fail with $name", ({ images }) => {
    expect(requireImages(images, [chart])).toBe(images)
  })

  test("are an error alone, because the images in them would pass unseen", () => {
    expect(() => requireImages([], [chart])).toThrow(
      `IMAGE_NOT_FOUND: expected an image in the files of what is deployed, got only a Helm chart, ${digest("0c")} in charts.yaml on main.`,
    )
  })
})
