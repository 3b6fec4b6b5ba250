import { expect, test } from "vitest"
import { conftestPolicy } from "../../lib/policy/conftest-policy.ts"
import { ADMISSIONS } from "./admissions.ts"

// What it denies, Conftest itself says: test/e2e/policy-conftest.test.ts.
test("quotes the repository and its pattern as Rego's strings", () => {
  const [admission] = Object.values(ADMISSIONS)
  const rego = admission && conftestPolicy(admission)
  expect(rego).toContain('repository := "ghcr.io/acme/app"\n')
  expect(rego).toContain('pinned := "^ghcr\\\\.io/acme/app(:[^@/]+)?@sha256:[0-9a-f]{64}$"\n')
})
