import { expect, test } from "vitest"
import { serviceFailed } from "../../lib/test/service.ts"
import { parseServices } from "../../lib/test/service-spec.ts"

test("includes the end of a service's log in the error, however long the log is", () => {
  const [spec] = parseServices(["db=postgres:17"])
  if (!spec) throw new Error("no service")
  const log = `${"starting\n".repeat(1000)}${"x".repeat(100_000)}the end\n`
  const { message } = serviceFailed(spec, { error: new Error("a service that is not ready yet"), log })
  expect(message).toMatch(
    /^SERVICE_FAILED: expected service db \(postgres:17\) to pass its health check "pg_isready .*" within 120 s, got a service that is not ready yet\. Check its variables, port and health check\. Its log:\n\(801 earlier lines are left out\)\n\(\d+ earlier characters are left out\)\nx/,
  )
  expect(message).toMatch(/xthe end$/)
  expect(message.length).toBeLessThan(65_000)
})
