import { expect, test } from "vitest"
import { serviceFailed } from "../../lib/test/service.ts"
import { parseServices } from "../../lib/test/service-spec.ts"

test("a service that does not answer is told with the end of its log, however long that is", () => {
  const [spec] = parseServices(["db=postgres:17"])
  if (!spec) throw new Error("no service")
  const log = `${"starting\n".repeat(1000)}${"x".repeat(100_000)}the end\n`
  const { message } = serviceFailed(spec, { error: new Error("no answer in time"), log })
  expect(message).toMatch(
    /^SERVICE_FAILED: expected service db \(postgres:17\) to answer .* within 120 s, got no answer in time\. Look at its variables, port and health check\. Its log:\n\(801 lines before are left out\)\n\(\d+ characters before are left out\)\nx/,
  )
  expect(message).toMatch(/xthe end$/)
  expect(message.length).toBeLessThan(65_000)
})
