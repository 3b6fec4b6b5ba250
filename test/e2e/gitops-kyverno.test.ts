import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bump, FOREIGN, foreign, git, refused, startChecks } from "./gitops-checks.ts"
import { useEngine } from "./session.ts"

useEngine()

beforeAll(startChecks)
afterAll(() => git?.stop())

describe.concurrent("a bump is refused, with nothing pushed", () => {
  test("because Kyverno runs a policy that says no", async () => {
    await refused(
      bump({ kyverno: "policies/kyverno" }, foreign()),
      /got 1: Deployment\/web: .*images come from acme.* \(kyverno own-images\/of-acme\)/,
    )
  })

  test("because no policy is Kyverno's, which is never no violation", async () => {
    await refused(bump({ kyverno: "policies/conftest" }), /^CHECKER_FAILED: .*got no policy of Kyverno/)
  })
})

test("the same bump is accepted when Kyverno's violation was there before", async () => {
  const wish = { path: "overlays/elsewhere", image: FOREIGN, ...foreign() }
  const text = await bump({ kyverno: "policies/kyverno" }, wish)
  expect(text).toMatch(/^Bumped overlays\/elsewhere\/kustomization\.yaml/)
  expect(text).toMatch(/there before: Deployment\/web: .*\(kyverno own-images\/of-acme\)/)
  expect(text).not.toContain("  new:")
})
