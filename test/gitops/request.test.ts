import { expect, test } from "vitest"
import { parseBumpOptions } from "../../src/gitops/options.ts"
import { trailersOf } from "../../src/gitops/request.ts"

const ref = `ghcr.io/acme/web@sha256:${"0a".repeat(32)}`
const request = parseBumpOptions({ path: "apps/web", image: "web", ref, branch: "main" })

test("says of every change what the commit will record", () => {
  expect(request.changes.flatMap(trailersOf)).toEqual([{ path: "apps/web", image: "web", ref }])
})
