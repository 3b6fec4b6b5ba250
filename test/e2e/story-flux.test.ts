import { describe, expect, test } from "vitest"
import { CHAPTERS, useDeliveryStory } from "./delivery-story.ts"
import { FLUX } from "./flux.ts"
import { POLICY_CONTROLLER } from "./policy-admission.ts"
import { useEngine } from "./session.ts"

// Flux's own controllers before a real API: test/engine/up --with=kubernetes,flux,policy-webhook builds all
useEngine()

const story = useDeliveryStory(FLUX, POLICY_CONTROLLER)

describe("a release by Flux", () => {
  test.each(CHAPTERS)("$title", async ({ tell }) => {
    await expect(tell(story)).resolves.toBeUndefined()
  })
})
