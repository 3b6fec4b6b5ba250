import { expect, test } from "vitest"
import type { RefreshRecord } from "../../../lib/ship/record/refresh-record.ts"
import { idleLines, refreshLines, refreshText } from "../../../lib/ship/report/refresh-text.ts"

const base = { name: "alpine:3", status: "unmoved" as const, from: "sha256:1" }
const due: RefreshRecord = { status: "due", former: "app@sha256:0", bases: [base] }
const idle: RefreshRecord = { ...due, status: "nothing", reason: "no base image moved" }

test("names the former release and its base images", () => {
  expect(refreshLines(due)).toEqual(["of app@sha256:0", "alpine:3 unmoved, sha256:1"])
  const fixes = [{ id: "CVE-1", severity: "HIGH", package: "tar", platforms: ["linux/amd64"] }]
  const moved = { ...base, status: "moved" as const, to: "sha256:2", platforms: ["linux/amd64"], fixes }
  expect(refreshLines({ status: "due", bases: [moved] })).toEqual([
    "alpine:3 moved for linux/amd64: sha256:1 -> sha256:2",
    "  fixes HIGH CVE-1 in tar (linux/amd64)",
  ])
})

test("says in one line whether anything is built", () => {
  expect(refreshText(due)).toBe("builds app@sha256:0 again on newer bases")
  expect(refreshText(idle)).toBe("nothing to do: no base image moved")
  expect(idleLines(due)).toEqual([])
  expect(idleLines(idle)[0]).toBe("NOTHING TO REFRESH: no base image moved. Nothing was built.")
})
