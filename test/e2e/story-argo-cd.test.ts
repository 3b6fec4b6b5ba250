import { describe, expect, test } from "vitest"
import { ARGO_CD } from "./argo-cd.ts"
import { CHAPTERS, useDeliveryStory } from "./delivery-story.ts"
import { POLICY_CONTROLLER } from "./policy-admission.ts"
import { useEngine } from "./session.ts"

// Argo CD's own controllers before a real API: test/engine/up --with=kubernetes,argo-cd,policy-webhook builds all
useEngine()

const story = useDeliveryStory(ARGO_CD, POLICY_CONTROLLER)

describe("a release by Argo CD", () => {
  test.each(CHAPTERS)("$title", async ({ tell }) => {
    await expect(tell(story)).resolves.toBeUndefined()
  })
})
