import { expect, test } from "vitest"
import { pushRefused } from "../../lib/gitops/push-refused.ts"

test("shows the server's words, and the way around a protected branch", () => {
  const refused = { report: { status: "refused" as const, reason: "protected" }, answer: { stderr: "remote: no\n" } }
  expect(pushRefused("main", refused).message).toMatch(
    /^PUSH_REFUSED: expected the server to take a commit on main, got protected; remote: no\. .*--pull-request/,
  )
})
