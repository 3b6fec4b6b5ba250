import { describe, expect, test } from "vitest"
import { CHAPTERS, useDeliveryStory } from "./delivery-story.ts"
import { FLUX } from "./flux.ts"
import { useEngine } from "./session.ts"
import { POLICY_TESTER } from "./tester-admission.ts"

// Flux's own controllers before a real API: test/engine/up --with=kubernetes,flux,policy-tester builds all
useEngine()

const story = useDeliveryStory(FLUX, POLICY_TESTER)

describe("a release by Flux", () => {
  test.each(CHAPTERS)("$title", async ({ tell }) => {
    await expect(tell(story)).resolves.toBeUndefined()
  })
})
