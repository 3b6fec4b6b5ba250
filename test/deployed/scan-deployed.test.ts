import { expect, test } from "vitest"
import { failureOf } from "../../lib/deployed/scan-deployed.ts"
import { SlipwayError } from "../../lib/error.ts"

test("keeps the code of a known failure", () => {
  const error = new SlipwayError("REGISTRY_FAILED", { expected: "a", got: "b", fix: "C." })
  expect(failureOf(error)).toEqual({ code: "REGISTRY_FAILED", message: "REGISTRY_FAILED: expected a, got b. C." })
})

test("keeps the words of an unknown failure, so that the image never counts as scanned", () => {
  expect(failureOf(new Error("the engine is gone"))).toEqual({ message: "the engine is gone" })
})
